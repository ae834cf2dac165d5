"""Masks: reading them as {0, 1} by one rule, mending them, pairing them with photos."""
