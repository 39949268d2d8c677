"""Objectives that train an encoder before captioning: one objective a file."""
