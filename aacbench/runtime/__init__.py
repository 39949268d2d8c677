"""What a process works with: device, seeds, progress, other processes."""
