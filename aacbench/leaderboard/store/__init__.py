"""Boards, records and references as they lie on disk."""
