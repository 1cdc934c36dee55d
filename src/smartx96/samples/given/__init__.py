"""Given values: voltages, currents and powers that somebody states, in place of samples."""
