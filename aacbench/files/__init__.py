"""Files that are whole or absent, read with care, known by their content."""
