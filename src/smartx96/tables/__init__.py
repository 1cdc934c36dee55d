"""Tables: rows of readings to files, in constant memory and never half-written."""
