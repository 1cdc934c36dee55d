"""Polling: meters asked at an interval, by the clock, and their values put into a log."""
