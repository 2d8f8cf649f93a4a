"""What the commands do, besides grading a class."""
