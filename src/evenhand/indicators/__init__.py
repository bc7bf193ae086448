"""Indicators: one a file, found by scanning. Each says who did how much of something."""
