"""Put two runs' photos side by side: only the same photos with the same truth can be compared."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crack_pipeline.comparing.evaluated_run import EvaluatedRun
from crack_pipeline.errors import ManifestError, ParameterError
from crack_pipeline.splits.splits import group_photos
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task

WhichPhotos = Literal["same", "shared"]

_SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class SharedPhotos:
    """The same N photos of two runs, in one order.

    Attributes:
        first: Rows of the first run.
        second: Rows of the second run.
        groups: (N,) group of each photo; photos that either run groups are grouped.
        left_out: Photos of the first and of the second run that the other one has not.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    groups: pd.Series
    left_out: tuple[int, int]


def require_comparable(first: EvaluatedRun, second: EvaluatedRun) -> None:
    """Check that two runs are of one task and not the same.

    Args:
        first: A run.
        second: Another one.

    Raises:
        ParameterError: If they are not.
    """
    if first.task != second.task:
        raise ParameterError(
            "Two runs to compare must be of the same task.",
            received=f"{first.name} of {first.task}, {second.name} of {second.task}",
            remedy="Choose two runs of one task; the tag `task` says which a run is of.",
        )
    is_same_origin = first.origin == second.origin
    if is_same_origin or first.photos.equals(second.photos):
        what = first.name if is_same_origin else f"{first.name} and {second.name}, equal throughout"
        raise ParameterError(
            "`compare.run_a` and `compare.run_b` must be two different evaluations.",
            received=what,
            remedy="Name another run as `compare.run_b`.",
        )


def share_photos(
    first: EvaluatedRun, second: EvaluatedRun, which: WhichPhotos = "same"
) -> SharedPhotos:
    """Find the photos that both runs were measured on.

    Args:
        first: A run.
        second: Another one of the same task.
        which: ``same`` refuses runs of different test photos, ``shared`` compares what they share.

    Returns:
        The photos by rising id.

    Raises:
        ManifestError: If the test photos differ and may not, share nothing, or their truth differs.
    """
    tables = [run.photos.set_index("image_id").sort_index() for run in (first, second)]
    shared = tables[0].index.intersection(tables[1].index)
    left_out = (len(tables[0]) - len(shared), len(tables[1]) - len(shared))
    if len(shared) == 0 or (which == "same" and any(left_out)):
        raise _other_photos(first, second, len(shared))
    one, other = (table.loc[shared].reset_index() for table in tables)
    _require_same_truth(one, other, first.task)
    groups = group_photos(
        one["image_id"],
        same=[one["group_id"], other["group_id"]],
        near=np.empty((0, 2), np.int64),
    )
    return SharedPhotos(one, other, groups, left_out)


def _other_photos(first: EvaluatedRun, second: EvaluatedRun, n_shared: int) -> ManifestError:
    counts = " and ".join(f"{len(run.photos)} of {run.name}" for run in (first, second))
    remedy = "Evaluate both models on one manifest"
    if n_shared:
        remedy += f", or compare the {n_shared} shared photos with --params=compare.photos=shared"
        remedy += "; mind that a photo in test of one run may be in train of the other"
    return ManifestError(
        "Two runs are compared on the same test photos.",
        received=f"{counts}, of which {n_shared} are shared",
        remedy=f"{remedy}.",
    )


def _require_same_truth(first: pd.DataFrame, second: pd.DataFrame, task: Task) -> None:
    differs = _truth_of(first, task) != _truth_of(second, task)
    if differs.any():
        ids = first.loc[differs, "image_id"].tolist()
        raise ManifestError(
            "Two runs are compared against the same masks or labels.",
            received=f"another truth for {len(ids)} of {len(first)} photos, first: "
            f"{', '.join(ids[:_SHOWN])}",
            remedy="Evaluate both models again, after the last change of masks or labels.",
        )


def _truth_of(photos: pd.DataFrame, task: Task) -> pd.Series:
    if task_spec(task).truth != "masks":
        return photos["label"]
    return photos["true_positive"] + photos["false_negative"]
