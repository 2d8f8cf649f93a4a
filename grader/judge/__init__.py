"""One submission: runs its cells and test cases, and decides its points and feedback."""
