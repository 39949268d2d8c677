"""What a record must pass, and scoring it again."""
