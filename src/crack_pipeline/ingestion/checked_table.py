"""Check the photos of a listing, opening only files that are new or changed."""

import logging
from operator import attrgetter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.ingestion.check_store import load_checks, save_checks
from crack_pipeline.ingestion.checking import CHECK_VERSION
from crack_pipeline.ingestion.fan_out import check_in_parallel
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.splits.hashing import THUMBNAIL_PX

logger = logging.getLogger(__name__)

CHECK_COLUMNS = {
    "width_px": "Int32",
    "height_px": "Int32",
    "sha256": "string",
    "mask_sha256": "string",
    "phash": "string",
    "mask_label": "Int8",
    "repaired_mask": "string",
    "mended": "string",
    "reason": "string",
}
_values_of = attrgetter(*CHECK_COLUMNS)
_IDENTITY = [
    "image_path",
    "image_bytes",
    "image_mtime_ns",
    "mask_path",
    "mask_bytes",
    "mask_mtime_ns",
]


def check_listing(
    listing: pd.DataFrame, store: Path, *, max_megapixels: float, parallel: ParallelSettings
) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
    """Add to a listing what its files hold.

    Args:
        listing: One row a photo, as ``describe_listing`` gives it.
        store: Folder where checks are kept from one run to the next.
        max_megapixels: Largest allowed number of pixels, in millions.
        parallel: Worker processes.

    Returns:
        The listing with the columns of ``CHECK_COLUMNS``, ``label`` filled from the mask where the
        source says nothing; and (N, 64, 64) uint8 thumbnails, zeros where there is none.

    Raises:
        StorageError: If the store cannot be written.
    """
    to_open = listing.index[listing["reason"] == ""]
    opened = listing.loc[to_open].reset_index(drop=True)
    checks, opened_thumbnails = _check_unless_known(
        opened, store, max_megapixels=max_megapixels, parallel=parallel
    )
    checked = listing.drop(columns="reason").join(checks.set_index(to_open))
    checked["reason"] = checked["reason"].fillna(listing["reason"])
    checked["mended"] = checked["mended"].fillna("")
    checked["label"] = checked["label"].fillna(checked["mask_label"])
    thumbnails = np.zeros((len(listing), THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    thumbnails[to_open] = opened_thumbnails
    return checked, thumbnails


def _check_unless_known(
    photos: pd.DataFrame, store: Path, *, max_megapixels: float, parallel: ParallelSettings
) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
    key = f"version {CHECK_VERSION}, at most {max_megapixels:g} megapixels"
    checks, thumbnails, is_known = _recall(photos, store, key)
    new = np.flatnonzero(~is_known)
    if new.size == 0:
        logger.info("Nothing new among %d photos: the manifest is current", len(photos))
        return checks, thumbnails
    masks = photos["mask_path"].astype(object).where(photos["mask_path"].notna(), None)
    paths = list(zip(photos["image_path"].iloc[new], masks.iloc[new], strict=True))
    found, thumbnails[new] = check_in_parallel(
        paths, max_megapixels=max_megapixels, parallel=parallel
    )
    # An attribute getter, since dataclasses.astuple copies each value deeply.
    values = [_values_of(check) for check in found]
    fresh = pd.DataFrame(values, columns=list(CHECK_COLUMNS), index=new)
    checks = pd.concat([checks[is_known], fresh.astype(CHECK_COLUMNS)]).sort_index()
    save_checks(store, key, photos[_IDENTITY].join(checks), thumbnails)
    return checks, thumbnails


def _recall(
    photos: pd.DataFrame, store: Path, key: str
) -> tuple[pd.DataFrame, NDArray[np.uint8], NDArray[np.bool_]]:
    """Find the kept checks of files whose path, size and time are the same."""
    thumbnails = np.zeros((len(photos), THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    kept = load_checks(store, key)
    if kept is None:
        empty = pd.DataFrame(index=photos.index, columns=list(CHECK_COLUMNS))
        return empty.astype(CHECK_COLUMNS), thumbnails, np.zeros(len(photos), bool)
    table, kept_thumbnails = kept
    rows = table.assign(row=np.arange(len(table), dtype=np.int64))
    matched = photos[_IDENTITY].merge(rows, on=_IDENTITY, how="left")
    is_known = matched["row"].notna().to_numpy()
    thumbnails[is_known] = kept_thumbnails[matched["row"][is_known].astype("int64")]
    return matched[list(CHECK_COLUMNS)].astype(CHECK_COLUMNS), thumbnails, is_known
