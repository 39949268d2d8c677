"""A finished run as a folder of its own, to keep, to hand on, or to publish."""
