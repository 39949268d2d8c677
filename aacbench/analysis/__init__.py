"""What trained systems attend to, and what captions talk about."""
