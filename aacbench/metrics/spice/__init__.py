"""SPICE: F-score over the tuples of candidate and reference scene graphs."""
