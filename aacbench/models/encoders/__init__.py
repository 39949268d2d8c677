"""Networks that turn features into frames and a clip vector: one encoder a file."""
