"""MACS: two to five captions each of 3,930 clips of TAU Urban Acoustic Scenes 2019 (Martin-Morato et al., 2021).

Annotators gave sentences of 5 to 40 words and tags; the clips are of ten seconds, 48 kHz stereo.
"""
