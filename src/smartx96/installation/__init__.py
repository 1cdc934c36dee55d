"""Installation: a meter in place: source, front end, metrology, meter, and who listens."""
