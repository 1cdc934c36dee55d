"""Commissioning: a meter in place, what it shows, how it is set, and whether that can be right."""
