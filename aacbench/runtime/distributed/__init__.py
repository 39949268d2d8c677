"""One run in several processes, on one machine or more: who does what, and what comes of it for all."""
