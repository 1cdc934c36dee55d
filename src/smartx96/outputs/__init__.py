"""Outputs: pulses as files and on the lines of a GPIO chip."""
