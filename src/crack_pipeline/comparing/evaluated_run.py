"""Evaluations of runs, read so that they can be compared."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd

from crack_pipeline.errors import SourceError
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
        SourceError: If there is none, or the file is no JSON object.
    """
    file = path / REPORT_FILE if path.is_dir() else path
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            f"A path to compare is that of an {REPORT_FILE}, or of a folder that holds one.",
            received=f"{path}: {error.strerror or error}",
            remedy="Correct the path; the pipeline `evaluate` writes the file to "
            "data/08_reporting/<dataset>/<task>.",
        ) from error
    except ValueError as error:
        raise _no_report(str(file), f"no JSON: {error}") from error
    if not isinstance(content, dict):
        raise _no_report(str(file), f"a JSON {type(content).__name__}")
    return content


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
    return table.astype({"image_id": str, "group_id": str})


def _no_report(name: str, received: str) -> SourceError:
    return SourceError(
        "What is compared must be an evaluation report of this project.",
        received=f"{name}: {received}",
        remedy=f"Name a run that `evaluate` added to, or the path of its {REPORT_FILE}.",
    )
