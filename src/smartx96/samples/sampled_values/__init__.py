"""Sampled values of IEC 61850-9-2 (9-2LE) and IEC 61869-9: instrument transformers on Ethernet."""
