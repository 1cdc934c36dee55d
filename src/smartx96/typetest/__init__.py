"""Type test: the accuracy tests of the standards on a meter that gets known signals."""
