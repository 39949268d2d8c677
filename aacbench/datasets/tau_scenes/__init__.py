"""TAU Urban Acoustic Scenes: ten scenes recorded in European cities, no captions (Mesaros et al., DCASE 2018-2020)."""
