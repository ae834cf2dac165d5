"""The same photos divided twice: at random, as is usual, and by group, so that nothing leaks."""

from typing import Literal, TypeAlias

import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.ingestion.dividing import LEAKS
from crack_pipeline.manifest import OK, validate_manifest
from crack_pipeline.splits.splits import count_groups, place_groups
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

SplitKind: TypeAlias = Literal["random", "group_safe"]
SPLIT_KINDS: tuple[SplitKind, ...] = ("random", "group_safe")


def pool_photos(manifest: pd.DataFrame, task: Task) -> pd.DataFrame:
    """All photos that a task can use, whatever part they are in.

    Train photos that were set aside because they share a photo with a test photo are taken in
    again: here nothing is kept of the official parts.

    Args:
        manifest: A validated manifest.
        task: Says whether a photo needs a mask or a label.

    Returns:
        Their rows, sorted by ``image_id``, index from 0, none of them set aside.

    Raises:
        ManifestError: If there is none.
    """
    leaked = manifest["reason"].str.startswith(LEAKS)
    known = manifest[task_spec(task).target_column].notna()
    rows = manifest[((manifest["status"] == OK) | leaked) & known & manifest["group_id"].notna()]
    if rows.empty:
        raise ManifestError(
            "A comparison of splits needs photos with the task's targets.",
            received=f"none of {len(manifest)} photos can be used for {task}",
            remedy="Choose another data set, or another task with --params=task=….",
        )
    rows = rows.assign(status=OK, reason="", fold=pd.array([None] * len(rows), dtype="Int8"))
    return rows.sort_values("image_id").reset_index(drop=True)


def divide_photos(
    rows: pd.DataFrame, kind: SplitKind, *, test: float, validation: float, seed: int
) -> pd.DataFrame:
    """Divide photos into train, validation and test, labels in equal shares.

    Args:
        rows: From ``pool_photos``.
        kind: ``random`` divides photo by photo, ``group_safe`` never divides a group.
        test: Share of the photos that is measured on.
        validation: Share on which epoch and threshold are chosen.
        seed: Changes which photos go where.

    Returns:
        A validated manifest with these splits; in both kinds as many test photos as whole groups
        allow.
    """
    units = rows["image_id"] if kind == "random" else rows["group_id"]
    shares = {"train": 1.0 - validation - test, "validation": validation, "test": test}
    places = place_groups(count_groups(units, rows["label"]), shares, seed)
    return validate_manifest(rows.assign(split=units.map(places).astype("string")))


def find_relatives(manifest: pd.DataFrame) -> pd.Series:
    """Mark photos that have a relative among the train photos.

    Args:
        manifest: With ``group_id`` and ``split``.

    Returns:
        bool, indexed by ``image_id``; of a train photo, whether there is another one.
    """
    in_train = manifest["split"] == "train"
    n_train = in_train.groupby(manifest["group_id"]).transform("sum")
    related = (n_train - in_train.astype(int)) > 0
    return related.set_axis(manifest["image_id"])


def count_crossing(manifest: pd.DataFrame) -> int:
    """Number of groups that lie in more than one part.

    Args:
        manifest: With ``group_id`` and ``split``.

    Returns:
        0 for a split that divides no known group.
    """
    parts = manifest.groupby("group_id")["split"].nunique()
    return int((parts > 1).sum())
