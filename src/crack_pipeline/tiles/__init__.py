"""Tiles: cutting photos to the model's input, and the memory-mapped store that training reads."""
