"""Rosters, teachers' adjustments, and files for learning platforms."""
