"""FLAC: integers of up to 24 bits, compressed without loss."""
