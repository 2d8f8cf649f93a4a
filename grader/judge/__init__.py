"""One submission: its cells, its test cases, its points, and what is said of what went wrong."""
