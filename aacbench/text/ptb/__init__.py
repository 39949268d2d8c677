"""The Penn Treebank tokenizer that caption metrics use: stanford-corenlp-3.4.1's, with its removal of punctuation.

Every published caption score was computed on these tokens, so they are reproduced character by character, quirks
included. Behaviour was taken from the jar's answers, not from its source; `tests/text/test_ptb.py` compares them.

    >>> tokenize("A man's dog can't bark.")
    ['a', 'man', "'s", 'dog', 'ca', "n't", 'bark', '.']
    >>> scoring_tokens("Rain, then thunder!")
    ['rain', 'then', 'thunder']
"""

from aacbench.text.ptb.captions import REMOVED, scoring_tokens, tokenize, tokenize_captions

__all__ = ["REMOVED", "scoring_tokens", "tokenize", "tokenize_captions"]
