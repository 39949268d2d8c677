"""SoundDescs: the BBC's sound effects with their descriptions (Koepke et al., IEEE TMM 2022).

Not verified here (check https://github.com/akoepke/audio-retrieval-benchmark): the lists of its splits. Its
descriptions are published as a pickle, which may hold code; aacbench reads them as a CSV file of id and description.
"""
