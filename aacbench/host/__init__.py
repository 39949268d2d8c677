"""The plugin host: finds plugins, calls their hooks, and keeps a broken one from stopping the rest."""
