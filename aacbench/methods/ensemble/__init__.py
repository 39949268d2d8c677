"""Finished runs of one vocabulary as one captioning system."""
