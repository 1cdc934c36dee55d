"""Delimited text: CSV."""
