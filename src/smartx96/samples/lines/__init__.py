"""Lines: rows of numbers in text files."""
