"""Outgoing: any source into a file of the format that its suffix names."""
