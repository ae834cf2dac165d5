"""Fetch the archives of data sets and unpack them.

``ensure_photos`` is what callers want; the rest serves it.
"""

from crack_pipeline.downloads.fetching import fetch_archive, fetch_source
from crack_pipeline.downloads.photos import ensure_photos
from crack_pipeline.downloads.settings import DownloadSettings, UnpackLimits
from crack_pipeline.downloads.unpacking import unpack_archive

__all__ = [
    "DownloadSettings",
    "UnpackLimits",
    "ensure_photos",
    "fetch_archive",
    "fetch_source",
    "unpack_archive",
]
