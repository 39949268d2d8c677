"""WavCaps: 400,000 clips of four sources with captions that a language model wrote (Mei et al., TASLP 2024).

Not verified here (check https://huggingface.co/datasets/cvssp/WavCaps): the names of the JSON files and of the
blacklist, and that the archives hold `<id>.flac`. No checksums are published that could be built in.
"""
