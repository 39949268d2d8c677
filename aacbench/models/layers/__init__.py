"""Pieces that several encoders and decoders are built from. Nothing here is registered."""
