"""Front end: what stands between the mains and the samples."""
