"""An assignment: what is asked, its test files, its master notebook, and what leaves the course."""
