"""The words of version 2.0: by class, for parents in the tree, and for places."""
