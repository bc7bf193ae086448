"""Models see tables, never files; each refuses with a reason where the data cannot carry it."""
