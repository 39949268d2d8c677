"""Captioning on a frozen retrieval encoder (Xu et al. 2022, section 2.1)."""
