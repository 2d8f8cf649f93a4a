"""Grades many submissions, and records and reports the results."""
