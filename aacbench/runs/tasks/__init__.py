"""What a trained system is asked to do with the evaluation clips, and how that is scored: one module a task."""
