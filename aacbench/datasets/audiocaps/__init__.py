"""AudioCaps: ten-second YouTube clips with one (training) or five captions each (Kim et al., NAACL 2019).

Version 1 has 49,838 / 495 / 975 clips; version 2 adds training captions. Its audio is not distributed: the user brings
the clips, and those whose videos are gone are missing.
"""
