"""Whole jobs, end to end: what the command line and a notebook call."""
