"""Delimited text: CSV and its relatives, as scopes, data loggers and spreadsheets write it."""
