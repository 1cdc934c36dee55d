"""Raw PCM as it arrives: standard input, named pipes, TCP, UDP."""

STANDARD_INPUT = "-"
PIPE, TCP, TCP_LISTEN, UDP = SCHEMES = ("pipe:", "tcp:", "tcp-listen:", "udp:")
"""How the texts of sources begin."""
