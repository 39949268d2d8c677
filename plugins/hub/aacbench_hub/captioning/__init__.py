"""Captioners of the hub: audio language models, models in Whisper's manner, repositories with their own code."""
