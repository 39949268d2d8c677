"""Anyone's own data: a folder of audio files and one CSV file with their captions or labels."""
