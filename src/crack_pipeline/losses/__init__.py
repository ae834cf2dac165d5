"""Losses, found by the name that users type."""
