"""Training of the caption parser that aacbench ships (run by train_spice_parser.py)."""
