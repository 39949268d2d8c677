"""Many runs from one file: methods x variants x datasets x seeds, the missing ones only, here or on a Ray cluster."""
