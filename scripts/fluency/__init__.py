"""Training of the fluency checker that aacbench ships (run by train_fluency_checker.py)."""
