"""Methods without a network: what every score on a board stands between."""
