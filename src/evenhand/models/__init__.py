"""Models: they see tables, never files; each refuses with a reason what it cannot fit."""
