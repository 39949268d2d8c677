"""Several datasets as one, for pretraining on all that there is."""
