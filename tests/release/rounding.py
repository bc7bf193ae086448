"""Rounding as the naive rules do it."""


def rounded(n: int, base: int) -> int:
    """To the nearest multiple of `base`, halves up."""
    return base * ((2 * n + base) // (2 * base))
