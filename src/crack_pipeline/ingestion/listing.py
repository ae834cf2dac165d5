"""The listing: one row a file that a source names, before anything is opened."""

import os
from collections.abc import Iterable

import pandas as pd

from crack_pipeline.sources.listing import ListedImage

LISTING_COLUMNS = {
    "image_id": "string",
    "image_path": "string",
    "mask_path": "string",
    "mask_format": "string",
    "annotation": "string",
    "label": "Int8",
    "official_split": "string",
    "photo_id": "string",
    "surface": "string",
    "noted": "string",
    "reason": "string",
    "image_bytes": "int64",
    "image_mtime_ns": "int64",
    "mask_bytes": "int64",
    "mask_mtime_ns": "int64",
}
_UNKNOWN = (-1, -1)


def describe_listing(photos: Iterable[ListedImage]) -> pd.DataFrame:
    """Turn listed photos into a table, with the size and time of each file.

    Args:
        photos: What a source lists.

    Returns:
        One row a photo, with the columns of ``LISTING_COLUMNS``; sizes and times that cannot be
        had are -1.
    """
    rows = [
        (
            photo.image_id,
            str(photo.image_path),
            None if photo.mask_path is None else str(photo.mask_path),
            photo.mask_format,
            photo.annotation,
            photo.label,
            photo.split,
            photo.photo_id,
            photo.surface,
            photo.noted,
            photo.reason,
            *_size_and_time(str(photo.image_path)),
            *(_UNKNOWN if photo.mask_path is None else _size_and_time(str(photo.mask_path))),
        )
        for photo in photos
    ]
    return pd.DataFrame(rows, columns=list(LISTING_COLUMNS)).astype(LISTING_COLUMNS)


def _size_and_time(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path for each of many files costs more
    except OSError:
        return _UNKNOWN
    return status.st_size, status.st_mtime_ns
