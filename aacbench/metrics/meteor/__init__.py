"""METEOR 1.5 for English, as `meteor-1.5.jar -l en -norm` scores."""
