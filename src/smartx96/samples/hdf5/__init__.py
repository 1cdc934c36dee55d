"""HDF5: a dataset for each channel, or one for all."""
