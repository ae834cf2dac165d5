"""The listing: one row a file that a source names, before anything is opened."""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

import pandas as pd

from crack_pipeline.data_source import ListedImage
from crack_pipeline.manifest import MANIFEST_SCHEMA, OK, SET_ASIDE, validate_manifest

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


# What Windows, the shell or a URL would take for something else; % keeps the names apart.
_ODD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\%]')
_LONGEST_BYTES = 200
_DIGEST_DIGITS = 16


def mask_file_name(image_id: str) -> str:
    """Name the PNG of a photo's mask, with folders where the id has them.

    Different ids give different names. No name leaves the folder that it is put into.

    Args:
        image_id: As in the manifest, such as ``train/11111``.

    Returns:
        A relative path, such as ``train/11111.png``.
    """
    parts = [_make_safe(part) for part in image_id.split("/")]
    return str(PurePosixPath(*parts[:-1], f"{parts[-1]}.png"))


def _make_safe(part: str) -> str:
    safe = _ODD.sub(lambda odd: f"%{ord(odd.group()):02X}", part)
    if not safe or safe.startswith("."):  # hidden, or the way up
        safe = f"%{safe}"
    encoded = safe.encode()
    if len(encoded) <= _LONGEST_BYTES:
        return safe
    digest = hashlib.sha256(encoded).hexdigest()[:_DIGEST_DIGITS]
    return encoded[:_LONGEST_BYTES].decode(errors="ignore") + f"%{digest}"


def build_manifest(
    divided: pd.DataFrame, source: str, *, attrs: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Bring divided photos into the columns of the manifest.

    Args:
        divided: One row a photo, as ``divide_grouped`` gives it.
        source: Name of the data source.
        attrs: What is said of the whole data set: its licence, its citation, ….

    Returns:
        The manifest, by ascending image id, with these in its ``attrs``, which Parquet keeps.

    Raises:
        ManifestError: If a value breaks the schema, such as two photos with one id.
    """
    is_usable = divided["reason"] == ""
    manifest = divided.assign(
        source=source,
        status=is_usable.map({True: OK, False: SET_ASIDE}),
        photo_id=divided["photo_id"].fillna(divided["image_id"]),
        mask_path=divided["repaired_mask"].fillna(divided["mask_path"]),
        raw_mask_path=divided["mask_path"],
        fold=divided.get("fold"),
    )
    ordered = manifest.sort_values("image_id").reset_index(drop=True)
    validated = validate_manifest(ordered[list(MANIFEST_SCHEMA.columns)])
    validated.attrs.update(attrs or {})
    return validated
