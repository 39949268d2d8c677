"""Prompts of metrics that ask a language model, as data."""
