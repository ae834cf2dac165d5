"""Explanations of a network as arrays: its filters, heat maps of photos, and their scores."""
