"""Greedy and beam search over any decoder's `step`, and the captioner that a trained network makes with it."""
