"""Plots of what was logged: values over time, gaps as gaps."""
