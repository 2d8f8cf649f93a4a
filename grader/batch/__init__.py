"""Many submissions: the gradebook that remembers what is done."""
