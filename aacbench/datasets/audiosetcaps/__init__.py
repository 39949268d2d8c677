"""AudioSetCaps: AudioSet's clips with captions of language models (Bai et al., 2024).

Not verified here (check https://huggingface.co/datasets/baijs/AudioSetCaps): the names of the CSV files and columns.
"""
