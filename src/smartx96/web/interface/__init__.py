"""Interface: what programs ask of meters over HTTP, declared once."""
