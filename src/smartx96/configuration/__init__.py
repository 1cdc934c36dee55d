"""Configuration: meters, ours and those of others, found, read, set, compared and recorded."""
