"""Channels: which column of a recording is which voltage and current."""
