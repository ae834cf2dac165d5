"""Check the photos of a listing, opening only files that are new or changed."""

import logging
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.code_digest import digest_code
from crack_pipeline.images.reading import reads_heic
from crack_pipeline.ingestion.checking import CHECK_VERSION, CheckSettings, FileCheck, FilesToCheck
from crack_pipeline.ingestion.fan_out import ParallelSettings, check_in_parallel
from crack_pipeline.ingestion.listing import UNKNOWN_FILE, join_names, mask_file_name, size_and_time
from crack_pipeline.ingestion.results import (
    CHECK_CODE,
    THUMBNAILS,
    ChecksWriter,
    load_checks,
    open_thumbnails,
)
from crack_pipeline.storage import FINISHED_MARKER

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
    "mask_note": "string",
    "reason": "string",
}
_values_of = attrgetter(*CHECK_COLUMNS)
_IDENTITY = [
    "image_id",
    "image_path",
    "image_bytes",
    "image_mtime_ns",
    "mask_path",
    "mask_bytes",
    "mask_mtime_ns",
    "mask_format",
    "annotation",
    "label",
]
_REPAIRED = ["repaired_bytes", "repaired_mtime_ns"]
_ROW = "thumbnail_row"
_ROWS_A_COPY = 1024
_ROWS_A_TABLE = 4096


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """How files are checked, and where checking writes.

    Attributes:
        store: Folder where checks are kept from one run to the next.
        masks: Folder that repaired masks are written to.
        settings: What decides a check besides the files.
        parallel: Worker processes.
    """

    store: Path
    masks: Path
    settings: CheckSettings
    parallel: ParallelSettings = field(default_factory=ParallelSettings)

    def key(self) -> str:
        """Settings and code that decide the result of a check, besides the file."""
        limits = f"at most {self.settings.max_megapixels:g} megapixels"
        repair = self.settings.repair.model_dump_json()
        code = f"version {CHECK_VERSION}, code {digest_code(*CHECK_CODE)}"
        heic = "HEIC read" if reads_heic() else "HEIC not read"
        return f"{code}, {limits}, {heic}, repair {repair}, masks in {self.masks}"


def check_listing(listing: pd.DataFrame, plan: CheckPlan) -> tuple[pd.DataFrame, NDArray[np.uint8]]:
    """Add to a listing what its files hold.

    Args:
        listing: One row a photo, as ``describe_listing`` gives it.
        plan: How files are checked, and where checking writes.

    Returns:
        The listing with the columns of ``CHECK_COLUMNS``, ``label`` filled from the mask where the
        source says nothing; and (N, 64, 64) uint8 thumbnails of the same rows, mapped from the
        store, zeros where there is none.

    Raises:
        StorageError: If the store cannot be written.
        ParameterError: If a Dask cluster is asked for and cannot be had.
    """
    rows = np.flatnonzero((listing["reason"] == "").to_numpy())
    photos = listing.iloc[rows][_IDENTITY].assign(**{_ROW: rows}).reset_index(drop=True)
    checks = _check_unless_known(photos, len(listing), plan)
    checked = listing.drop(columns="reason").join(checks.set_index(listing.index[rows]))
    checked["reason"] = checked["reason"].fillna(listing["reason"])
    checked["mended"] = join_names(checked["noted"], checked["mended"].fillna(""))
    checked["mask_note"] = checked["mask_note"].fillna("")
    checked["label"] = checked["label"].fillna(checked["mask_label"])
    return checked, open_thumbnails(plan.store / THUMBNAILS)


def _check_unless_known(photos: pd.DataFrame, n_rows: int, plan: CheckPlan) -> pd.DataFrame:
    kept = load_checks(plan.store, plan.key())
    checks, kept_rows = _recall(photos, None if kept is None else kept[0])
    is_known = kept_rows.notna().to_numpy()
    in_place = kept_rows.astype("Int64").equals(photos[_ROW].astype("Int64"))
    if kept is not None and in_place and len(kept[1]) == n_rows:
        logger.info("Nothing new among %d photos: the manifest is current", len(photos))
        return checks
    if kept is None and (plan.store / FINISHED_MARKER).exists():
        logger.info(
            "Every photo is opened again: %s was made with other code or settings, or is damaged",
            plan.store,
        )
    new, known = np.flatnonzero(~is_known), np.flatnonzero(is_known)
    rows = photos[_ROW].to_numpy()
    with ChecksWriter(plan.store, n_rows) as writer:
        if kept is not None:
            from_rows = kept_rows.iloc[known].to_numpy(np.int64)
            for start in range(0, len(known), _ROWS_A_COPY):
                some = slice(start, start + _ROWS_A_COPY)
                writer.put(rows[known[some]], kept[1][from_rows[some]])
        fresh = _check_anew(photos.iloc[new], writer, plan)
        checks = pd.concat([checks.iloc[known], fresh.set_index(new)]).sort_index()
        writer.finish(plan.key(), photos.join(checks).join(_describe_repaired(checks)))
    return checks


def _check_anew(photos: pd.DataFrame, writer: ChecksWriter, plan: CheckPlan) -> pd.DataFrame:
    """Open the files of some photos; their thumbnails go to the store as they come."""
    rows, done = photos[_ROW].to_numpy(), 0
    tables: list[pd.DataFrame] = []
    waiting: list[FileCheck] = []
    files = _files_of(photos, plan.masks)
    for checks, thumbnails in check_in_parallel(files, plan.settings, plan.parallel):
        writer.put(rows[done : done + len(checks)], thumbnails)
        done += len(checks)
        waiting += checks
        if len(waiting) >= _ROWS_A_TABLE:  # a table takes a fraction of what the objects take
            tables.append(_table_of(waiting))
            waiting.clear()
    return pd.concat([*tables, _table_of(waiting)], ignore_index=True)


def _table_of(checks: list[FileCheck]) -> pd.DataFrame:
    # An attribute getter, since dataclasses.astuple copies each value deeply.
    values = [_values_of(check) for check in checks]
    return pd.DataFrame(values, columns=list(CHECK_COLUMNS)).astype(CHECK_COLUMNS)


def _recall(photos: pd.DataFrame, kept: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.Series]:
    """Kept checks of files whose path, size, time and meaning are the same, and their rows."""
    if kept is None:
        empty = pd.DataFrame(index=photos.index, columns=list(CHECK_COLUMNS))
        return empty.astype(CHECK_COLUMNS), pd.Series(pd.NA, photos.index, "Int64")
    # A repaired mask that somebody has removed or changed is made again.
    now = _describe_repaired(kept)
    is_whole = (kept[_REPAIRED] == now).all(axis=1)
    known = kept[is_whole].drop_duplicates("image_id")
    found = photos[_IDENTITY].merge(known, on=_IDENTITY, how="left")
    return found[list(CHECK_COLUMNS)].astype(CHECK_COLUMNS), found[_ROW].astype("Int64")


def _describe_repaired(checks: pd.DataFrame) -> pd.DataFrame:
    """Size and time of the repaired masks, as they lie on disk now."""
    paths = checks["repaired_mask"]
    found = [UNKNOWN_FILE if path is None else size_and_time(path) for path in _or_none(paths)]
    return pd.DataFrame(found, columns=_REPAIRED, index=checks.index, dtype="int64")


def _files_of(photos: pd.DataFrame, masks: Path) -> list[FilesToCheck]:
    columns = (
        photos["image_path"],
        _or_none(photos["mask_path"]),
        photos["mask_format"],
        photos["annotation"],
        _or_none(photos["label"]),
        [str(masks / mask_file_name(image_id)) for image_id in photos["image_id"]],
    )
    return [FilesToCheck(*values) for values in zip(*columns, strict=True)]


def _or_none(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values.tolist()]
