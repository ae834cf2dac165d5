"""Masks: reading them as {0, 1} by one rule, pairing them with photos, resizing."""
