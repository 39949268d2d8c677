"""METEOR 1.5 for English, as `meteor-1.5.jar -l en -norm` scores, without Java.

`score` and `explain` are the native engine; `aacbench.metrics.meteor.reference.score` runs the jar itself.
"""

from aacbench.metrics.meteor.scorer import Explanation, PhraseMatch, explain, score

__all__ = ["Explanation", "PhraseMatch", "explain", "score"]
