"""Packages for the DCASE challenge: what is handed in of up to four systems, written and checked."""
