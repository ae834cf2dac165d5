"""Fetch the archives of data sets and unpack them: see ``photos.ensure_photos``."""
