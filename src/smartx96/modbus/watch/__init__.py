"""Watching the traffic: who asks what, every exchange in a file, captures for Wireshark."""
