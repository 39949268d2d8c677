"""Caption and retrieval metrics: one metric a file."""
