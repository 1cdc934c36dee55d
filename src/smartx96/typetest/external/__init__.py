"""External meters: the same plan, tried by a bench outside of this program."""
