"""Photos of another data set, for a model that has not learnt from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import usable_rows, validate_manifest
from crack_pipeline.types import Task

PhotosOfOthers = Literal["test", "all"]
_LEARNT_FROM = ("train", "validation")


@dataclass(frozen=True, slots=True, eq=False)
class OtherPhotos:
    """Photos of another manifest.

    Attributes:
        name: Of its data set.
        rows: Its photos, all in split ``test``, so that they are measured as test photos are.
        learnt_from: How many were left out because the model learnt from the same file.
    """

    name: str
    rows: pd.DataFrame
    learnt_from: int


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
        content = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        missing = not path.is_file()
        raise ManifestError(
            "The manifest of another data set must have been written before.",
            received=f"{path}, which does not exist" if missing else f"{path}: {error}",
            remedy="Run `kedro run --pipeline=ingest` with its --env, or name another data set.",
        ) from error
    return validate_manifest(content)


def choose_other_photos(
    other: pd.DataFrame,
    own: pd.DataFrame,
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
        name: Of their data set.
        task: ``segmentation`` needs masks, ``classification`` labels.
        photos: Their test photos alone, or all: the model has learnt from none of them.
        most: Most photos, drawn with a fixed seed; None for no limit.

    Returns:
        The photos.

    Raises:
        ManifestError: If none is left.
    """
    needed = "mask_path" if task == "segmentation" else "label"
    rows = usable_rows(other, "test" if photos == "test" else None)
    return _leave_out_known(rows[rows[needed].notna()], own, name, needed, most)


def choose_crack_free(
    other: pd.DataFrame, own: pd.DataFrame, *, name: str, most: int
) -> OtherPhotos:
    """Choose photos without crack, whatever their split: they need no mask.

    Args:
        other: Their manifest.
        own: The manifest that the model was trained with.
        name: Of their data set.
        most: Most photos, drawn with a fixed seed.

    Returns:
        The photos.

    Raises:
        ManifestError: If there is none.
    """
    rows = usable_rows(other)
    crack_free = rows[(rows["label"] == 0).fillna(False).astype(bool)]
    return _leave_out_known(crack_free, own, name, "label 0", most)


def _leave_out_known(
    rows: pd.DataFrame, own: pd.DataFrame, name: str, needed: str, most: int | None
) -> OtherPhotos:
    learnt = _digests(own, _LEARNT_FROM)
    known = rows["sha256"].isin(learnt).to_numpy(bool)
    kept = rows[~known]
    if kept.empty:
        raise ManifestError(
            "Another data set must hold photos that can be measured.",
            received=f"{name}: {len(rows)} photos with {needed}, {int(known.sum())} of them files "
            "that the model learnt from",
            remedy="Name a data set that has such photos, or, where its test split has none, set "
            "cross_evaluate.photos to all.",
        )
    if most is not None and len(kept) > most:
        chosen = np.random.default_rng(0).choice(len(kept), most, replace=False)
        kept = kept.iloc[np.sort(chosen)]
    return OtherPhotos(name, kept.assign(split="test").reset_index(drop=True), int(known.sum()))


def _digests(manifest: pd.DataFrame, splits: Sequence[str]) -> set[str]:
    rows = manifest[manifest["split"].isin(splits)]
    return set(rows["sha256"].dropna().astype(str))
