"""MusicCaps: 5,521 ten-second clips of music with captions of musicians (Agostinelli et al., 2023).

Columns of its table are ytid, start_s, end_s, caption, is_audioset_eval and others; the clips are YouTube's. Not
verified here (check https://huggingface.co/datasets/google/MusicCaps): that the table is still called so.
"""
