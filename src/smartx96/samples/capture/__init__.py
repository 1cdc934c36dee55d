"""Captures of network traffic: pcap and pcapng, read and written in bounded memory."""
