"""Parquet: a table with a column for each channel."""
