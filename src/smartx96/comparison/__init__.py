"""Comparison: measuring engines of others, on the samples that ours gets."""
