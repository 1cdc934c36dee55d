"""Terminal: the front of a running meter on a terminal, whose keys are the meter's."""
