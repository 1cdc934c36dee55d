"""Stored numbers: planes of samples and what describes them."""
