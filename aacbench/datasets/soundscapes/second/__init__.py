"""Version 2.0: sixty classes in a tree, eleven scenes, other recorders, and a longer tail of words."""
