"""Coders: what was said, labelled by phrase lists and rules or by a learned model."""
