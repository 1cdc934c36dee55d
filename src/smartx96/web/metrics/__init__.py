"""Metrics: every meter of the process as Prometheus reads it."""
