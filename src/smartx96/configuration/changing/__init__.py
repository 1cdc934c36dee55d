"""Changing the settings of a meter: planned, checked as a whole, written, read back, compared."""
