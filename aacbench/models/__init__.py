"""Networks: encoders, decoders, their layers, and what puts them together."""
