"""Splits: which photos belong together, and which part each group goes to."""
