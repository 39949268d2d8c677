"""Networks that turn encoded audio and a prefix of tokens into the next token: one decoder a file."""
