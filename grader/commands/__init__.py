"""What a command does beyond grading a class."""
