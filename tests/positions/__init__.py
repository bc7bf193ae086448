"""Positions: what people say of themselves, and how a study ranks it."""
