"""Clotho: 15 to 30 s Freesound clips with five crowd-sourced captions each (Drossos et al., ICASSP 2020).

Audio is 44.1 kHz mono WAV; captions have 8 to 20 words. Version 1 has development and evaluation; versions 2
and 2.1 add 946 development clips and a validation split. Version 2.1 repairs some 150 audio files of
version 2. The evaluation split is the same bytes in all three.
"""
