"""Audio-caption datasets: one dataset a file."""
