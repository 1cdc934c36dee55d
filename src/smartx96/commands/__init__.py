"""Commands: one module per command of `x96`."""
