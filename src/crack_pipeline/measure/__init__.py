"""Geometry of the cracks of one photo: centreline, length, width, pieces; px, or mm by a factor."""
