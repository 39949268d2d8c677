"""Pictures of what a run did. matplotlib is imported when something is drawn; equal inputs give equal files."""
