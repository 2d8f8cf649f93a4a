"""What both sides share: values, shared objects, messages; it imports nothing else of ours."""
