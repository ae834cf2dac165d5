"""What a report is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from crack_pipeline.manifest import usable_rows
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.reporting.pictures import PictureShelf
from crack_pipeline.task_specs import TaskSpec, task_spec
from crack_pipeline.types import Split, Task


@dataclass(frozen=True, slots=True, eq=False)
class ReportSubject:
    """A trained and measured model, and all that its run left.

    Attributes:
        dataset: Name of the data set.
        task: What the model was trained for.
        model_info: What training wrote beside it.
        decision: Its threshold.
        metrics: Flat, name → number.
        evaluation: Content of ``evaluation_report.json``; parts may be missing.
        manifest: The photos, validated.
        pictures: Figures of the run.
        explanation_scores: Records of methods and their scores; empty where there are none.
        notes: What is missing as a whole, and why.
        written: When the report is made.
    """

    dataset: str
    task: Task
    model_info: ModelInfo
    decision: Decision
    metrics: Mapping[str, float]
    evaluation: Mapping[str, Any]
    manifest: pd.DataFrame
    pictures: PictureShelf
    explanation_scores: Sequence[Mapping[str, Any]]
    notes: Sequence[str]
    written: datetime

    @property
    def spec(self) -> TaskSpec:
        """What differs by task."""
        return task_spec(self.task)

    @property
    def model(self) -> str:
        """Name of the network."""
        return self.model_info.model

    @property
    def run_id(self) -> str:
        """MLflow run of the training, in words where there is none."""
        return self.model_info.run_id or "not tracked"

    def part(self, name: str) -> Mapping[str, Any]:
        """A block of the evaluation; empty where it is missing."""
        block = self.evaluation.get(name)
        return block if isinstance(block, Mapping) else {}

    def records(self, name: str) -> Sequence[Mapping[str, Any]]:
        """A list of the evaluation; empty where it is missing."""
        records = self.evaluation.get(name)
        return records if isinstance(records, list) else ()

    def count_photos(self, split: Split) -> tuple[int, int]:
        """Usable photos of a split, and the source photos (groups) that they are from."""
        rows = usable_rows(self.manifest, split)
        groups = rows["group_id"].fillna(rows["photo_id"])
        return len(rows), int(groups.nunique())
