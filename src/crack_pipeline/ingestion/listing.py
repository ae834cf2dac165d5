"""The listing: one row a file that a source names, before anything is opened."""

import os
from collections.abc import Iterable

import pandas as pd

from crack_pipeline.sources.source import ListedImage

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
UNKNOWN_FILE = (-1, -1)
"""Size and time of a file that cannot be asked for them."""


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
            *size_and_time(str(photo.image_path)),
            *(UNKNOWN_FILE if photo.mask_path is None else size_and_time(str(photo.mask_path))),
        )
        for photo in photos
    ]
    return pd.DataFrame(rows, columns=list(LISTING_COLUMNS)).astype(LISTING_COLUMNS)


def size_and_time(path: str) -> tuple[int, int]:
    """Ask for a file's size and time of change.

    Args:
        path: The file.

    Returns:
        Bytes and nanoseconds since 1970; -1 and -1 where it cannot be had.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path for each of many files costs more
    except OSError:
        return UNKNOWN_FILE
    return status.st_size, status.st_mtime_ns


def join_names(first: pd.Series, second: pd.Series) -> pd.Series:
    """Join two columns of names.

    Args:
        first: N strings of names, separated by ";"; empty for none.
        second: The same.

    Returns:
        N strings: the names of both.
    """
    return (first + ";" + second).str.strip(";").astype("string")
