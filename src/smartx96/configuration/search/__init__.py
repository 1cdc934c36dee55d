"""Search: meters on the lines of this computer and in networks, found by reading alone."""
