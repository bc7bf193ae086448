"""What keeps the house in order: layers, sizes, docs that run, locks, and no network."""
