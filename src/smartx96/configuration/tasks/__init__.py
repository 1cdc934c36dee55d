"""Tasks of their own, beside settings: the clock, resets, the password."""
