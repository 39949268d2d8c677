"""What datasets share: tables with clear errors, audio files and their headers, places, downloads, held-out parts."""
