"""Methods of no paper of their own: they put registered parts together."""
