"""Auto-ACD: AudioSet's and VGGSound's clips with captions of language models (Sun et al., ACM MM 2024).

Not verified here (check https://auto-acd.github.io): the names of the CSV files and columns.
"""
