"""Augmentation of a tile and its mask together, drawn from (seed, step)."""
