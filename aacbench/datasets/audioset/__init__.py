"""AudioSet: ten-second YouTube clips with some of 527 sound events each, no captions (Gemmeke et al., ICASSP 2017).

Its audio is not distributed: the user brings the clips. AudioCaps' clips are from AudioSet, its test clips too.
"""
