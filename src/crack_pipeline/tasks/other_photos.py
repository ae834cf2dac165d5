"""Photos of another data set, for a model that has not learnt from them."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from crack_pipeline.audit.near_copies import (
    LEARNT_FROM,
    NearCopy,
    find_learnt_copies,
    list_learnt_photos,
)
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.errors import DamagedError, ManifestError
from crack_pipeline.manifest import open_manifest, usable_rows
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)

PhotosOfOthers = Literal["test", "all"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Photos left out of another data set, and how far they were looked for.

    Attributes:
        same_bytes: Photos that are files that the model learnt from.
        near_copies: Photos that show what the model learnt from; ``test_id`` is the photo left
            out, ``other_id`` the model's.
        own_photos: Photos that the model learnt from.
        own_compared: How many of these could be read, so that near-copies were looked for.
    """

    same_bytes: int = 0
    near_copies: tuple[NearCopy, ...] = ()
    own_photos: int = 0
    own_compared: int = 0

    def describe(self) -> str:
        """Say how many photos were left out, by why; empty where none was.

        >>> LeftOut(same_bytes=3).describe()
        'left out: 3 same bytes, 0 near-copies'
        """
        n_near = len(self.near_copies)
        if self.same_bytes + n_near == 0:
            return ""
        noun = "near-copy" if n_near == 1 else "near-copies"
        return f"left out: {self.same_bytes} same bytes, {n_near} {noun}"

    def describe_unchecked(self) -> str:
        """Say where near-copies could not be looked for, in full or in part; empty where they were.

        >>> LeftOut(own_photos=300, own_compared=288).describe_unchecked()
        'near-copies not checked: 12 of 300 own photos'
        """
        missing = self.own_photos - self.own_compared
        if self.own_compared == 0:
            return "near-copies not checked"
        return (
            f"near-copies not checked: {missing} of {self.own_photos} own photos" if missing else ""
        )


@dataclass(frozen=True, slots=True, eq=False)
class OtherPhotos:
    """Photos of another manifest.

    Attributes:
        name: Of its data set.
        rows: Its photos, all in split ``test``, so that they are measured as test photos are.
        left_out: What was left out because the model learnt from it.
        drawn_from: From how many they were drawn; as many as were drawn where there is no limit.
    """

    name: str
    rows: pd.DataFrame
    left_out: LeftOut
    drawn_from: int


def read_other_manifest(path: Path) -> pd.DataFrame:
    """Read the manifest of another data set.

    Args:
        path: Its Parquet file.

    Returns:
        The manifest, validated.

    Raises:
        ManifestError: If it is missing, cannot be read or breaks the schema.
    """
    try:
        return open_manifest(pd.read_parquet(path))
    except (OSError, ValueError, DamagedError) as error:
        missing = not path.is_file()
        raise ManifestError(
            "The manifest of another data set must have been written before.",
            received=f"{path}, which does not exist" if missing else f"{path}: {error}",
            remedy="Run `kedro run --pipeline=ingest` with its --env, or name another data set.",
        ) from error


def choose_other_photos(
    other: pd.DataFrame,
    own: pd.DataFrame,
    audit: AuditSettings,
    *,
    name: str,
    task: Task,
    photos: PhotosOfOthers = "test",
    most: int | None = None,
) -> OtherPhotos:
    """Choose photos that can be measured, without those that the model learnt from.

    Args:
        other: Their manifest.
        own: The manifest that the model was trained with.
        audit: When two photos count as near-duplicates.
        name: Of their data set.
        task: Says whether they need masks or labels.
        photos: Their test photos alone, or all.
        most: Most photos, drawn with a fixed seed before near-copies are looked for; None for no
            limit.

    Returns:
        The photos.

    Raises:
        ManifestError: If none is left.
    """
    needed = task_spec(task).target_column
    rows = usable_rows(other, "test" if photos == "test" else None)
    measurable = rows[rows[needed].notna()]
    return _leave_out_known(measurable, own, audit, name=name, needed=needed, most=most)


def choose_crack_free(
    other: pd.DataFrame, own: pd.DataFrame, audit: AuditSettings, *, name: str, most: int
) -> OtherPhotos:
    """Choose photos without crack, whatever their split: they need no mask.

    Args:
        other: Their manifest.
        own: The manifest that the model was trained with.
        audit: When two photos count as near-duplicates.
        name: Of their data set.
        most: Most photos, drawn with a fixed seed before near-copies are looked for.

    Returns:
        The photos.

    Raises:
        ManifestError: If there is none.
    """
    rows = usable_rows(other)
    crack_free = rows[(rows["label"] == 0).fillna(False).astype(bool)]
    return _leave_out_known(crack_free, own, audit, name=name, needed="label 0", most=most)


def _leave_out_known(
    rows: pd.DataFrame,
    own: pd.DataFrame,
    audit: AuditSettings,
    *,
    name: str,
    needed: str,
    most: int | None,
) -> OtherPhotos:
    learnt = own[own["split"].isin(LEARNT_FROM)]
    is_same = rows["sha256"].isin(learnt["sha256"].dropna()).to_numpy(bool)
    # Drawn first: photos that are not measured need no comparison.
    drawn = _draw(rows[~is_same], most)
    found = find_learnt_copies(drawn, list_learnt_photos(own), audit)
    left_out = LeftOut(int(is_same.sum()), found.copies, found.own_photos, found.own_compared)
    kept = drawn[~drawn["image_id"].isin([copy.test_id for copy in found.copies])]
    if kept.empty:
        raise ManifestError(
            "Another data set must hold photos that can be measured.",
            received=f"{name}: {len(rows)} photos with {needed}, {left_out.same_bytes} of them "
            f"files that the model learnt from, {len(found.copies)} near-copies of such",
            remedy="Name a data set that has such photos, or, where its test split has none, set "
            "cross_evaluate.photos to all.",
        )
    _log_left_out(name, left_out)
    return OtherPhotos(
        name,
        kept.assign(split="test").reset_index(drop=True),
        left_out,
        drawn_from=int((~is_same).sum()),
    )


def _draw(rows: pd.DataFrame, most: int | None) -> pd.DataFrame:
    if most is None or len(rows) <= most:
        return rows
    chosen = np.random.default_rng(0).choice(len(rows), most, replace=False)
    return rows.iloc[np.sort(chosen)]


def _log_left_out(name: str, left_out: LeftOut) -> None:
    if told := left_out.describe():
        logger.info("%s: %s", name, told)
    if unchecked := left_out.describe_unchecked():
        logger.warning(
            "%s: %s. The model may have learnt from some of its photos. The train and validation "
            "photos must lie where the manifest names them.",
            name,
            unchecked,
        )
