"""In and out of a course: rosters, what teachers adjust, and files for learning platforms."""
