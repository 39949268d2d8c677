"""CLAP models of the hub as retrievers."""
