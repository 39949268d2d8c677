"""Rows, ranks, claims, and the numbers that papers report."""
