"""Configuration: settings and installations as files."""
