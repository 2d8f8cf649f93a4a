"""What runs in the zygote and in the worker.  Sent there as source; imports no judge module."""
