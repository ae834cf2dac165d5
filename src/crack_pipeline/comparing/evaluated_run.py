"""Evaluations of runs, read for a comparison, and the photos that two of them share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd

from crack_pipeline.errors import DamagedError, ManifestError, ParameterError, SourceError
from crack_pipeline.splits.splits import group_photos
from crack_pipeline.storage import read_sealed
from crack_pipeline.task_specs import task_names, task_spec
from crack_pipeline.types import Task
from crack_pipeline.wording.scores import read_scores

REPORT_FILE = "evaluation_report.json"

_TOLERANT = re.compile(r"f1_tolerance_(\d+)px_pooled")
_EVALUATE_AGAIN = (
    "While its model lies in data/06_models, evaluate it again with this version, "
    "`kedro run --pipeline=evaluate` with its --env and --params: that adds a new report to its "
    "run. Otherwise train it again."
)
NEEDED: dict[str, tuple[str, ...]] = {
    "masks": (
        "image_id",
        "group_id",
        "true_positive",
        "false_positive",
        "false_negative",
        "near_px",
        "found_px",
        "line_predicted",
        "line_predicted_inside",
        "line_truth",
        "line_truth_inside",
        "dice",
    ),
    "labels": ("image_id", "group_id", "label", "probability"),
}
"""Columns needed of each photo, by what the task learns from."""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedRun:
    """An evaluation.

    Attributes:
        name: What people call it.
        origin: Id of its MLflow run, or path of its file.
        task: What the model was trained for.
        model: Name of the network.
        threshold: Crack is where the probability is ≥ it.
        tolerance_px: Of the tolerant counts; None where the report does not say.
        manifest_digest: Of the photos and splits; empty where the report does not say.
        photos: One row a test photo, with the columns of ``NEEDED``.
    """

    name: str
    origin: str
    task: Task
    model: str
    threshold: float
    tolerance_px: int | None
    manifest_digest: str
    photos: pd.DataFrame

    def describe(self) -> dict[str, Any]:
        """Describe the run, JSON-ready, without its photos."""
        return {
            "name": self.name,
            "origin": self.origin,
            "model": self.model,
            "threshold": self.threshold,
            "manifest_digest": self.manifest_digest,
            "photos": len(self.photos),
        }


def read_report_file(path: Path) -> dict[str, Any]:
    """Read an evaluation report.

    Args:
        path: The file, or a folder that holds ``evaluation_report.json``.

    Returns:
        Its content.

    Raises:
        SourceError: If there is none, or the file is no JSON object, or not as it was written.
    """
    file = path / REPORT_FILE if path.is_dir() else path
    try:
        return read_sealed(file)
    except OSError as error:
        raise SourceError(
            f"A path to compare is that of an {REPORT_FILE}, or of a folder that holds one.",
            received=f"{path}: {error.strerror or error}",
            remedy="Correct the path; the pipeline `evaluate` writes the file to "
            "data/08_reporting/<dataset>/<task>.",
        ) from error
    except DamagedError as error:
        raise _no_report(str(file), error.received) from error


def parse_report(report: Mapping[str, Any], *, name: str, origin: str) -> EvaluatedRun:
    """Take what a comparison needs from a report.

    Args:
        report: Content of ``evaluation_report.json``.
        name: What people call the run.
        origin: Id of its MLflow run, or path of its file.

    Returns:
        The run.

    Raises:
        SourceError: If it is no evaluation report, or one without the counts of each photo.
    """
    decision = report.get("decision")
    task = decision.get("task") if isinstance(decision, Mapping) else None
    if not isinstance(decision, Mapping) or task not in task_names() or "threshold" not in decision:
        raise _no_report(name, "no decision with a task and a threshold")
    try:
        return EvaluatedRun(
            name=name,
            origin=origin,
            task=task,
            model=str(decision.get("model", "")),
            threshold=float(decision["threshold"]),
            tolerance_px=find_tolerance(report),
            manifest_digest=str(decision.get("manifest_digest") or ""),
            photos=_tabulate_photos(report.get("photos"), cast("Task", task), name),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _no_report(name, f"{type(error).__name__}: {error}") from error


def find_tolerance(report: Mapping[str, Any]) -> int | None:
    """Read the tolerance in px off the headline of a report; None where none is named.

    >>> find_tolerance({"headline": [{"name": "f1_tolerance_2px_pooled"}]})
    2
    """
    names = (_TOLERANT.fullmatch(score.name) for score in read_scores(report.get("headline")))
    return next((int(named.group(1)) for named in names if named), None)


def _tabulate_photos(photos: Any, task: Task, name: str) -> pd.DataFrame:
    table = pd.DataFrame(photos if isinstance(photos, list) else [])
    missing = [column for column in NEEDED.get(task_spec(task).truth, ()) if column not in table]
    if missing:
        raise SourceError(
            "A comparison needs what was counted in each test photo.",
            received=f"the report of {name}, without {', '.join(missing)}: an earlier version "
            "wrote it",
            remedy=_EVALUATE_AGAIN,
        )
    table = table[list(NEEDED.get(task_spec(task).truth, ()))]
    if table.isna().any(axis=None) or table["image_id"].duplicated().any():
        raise _no_report(name, "photos that occur twice, or with counts missing")
    names = ["image_id", "group_id"]
    return table.astype({column: str if column in names else float for column in table})


def _no_report(name: str, received: str) -> SourceError:
    return SourceError(
        "What is compared must be an evaluation report of this project.",
        received=f"{name}: {received}",
        remedy=f"Name a run that `evaluate` added to, or the path of its {REPORT_FILE}.",
    )


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
