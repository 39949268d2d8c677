"""The only training loop, and the tasks it drives: cross-entropy captioning and the pretraining objectives."""
