"""Defaults of options: what configuration files and variables say of every command."""
