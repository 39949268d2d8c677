"""Audio-text retrieval (Xu et al. 2022, section 2.2)."""
