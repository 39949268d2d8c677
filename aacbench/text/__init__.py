"""Caption text: Penn Treebank tokens for scoring, normalised words and vocabularies for networks."""
