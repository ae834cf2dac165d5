"""Subject of a report: the model, its numbers, its photos and where these are from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from crack_pipeline.manifest import OK, usable_rows
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.reporting.pictures import PictureShelf
from crack_pipeline.sources import SOURCES
from crack_pipeline.task_specs import TaskSpec, task_spec
from crack_pipeline.types import Split, Task
from crack_pipeline.wording.scores import Score, read_scores
from crack_pipeline.wording.verdict import Verdict, judge_evaluation

UNKNOWN_LICENCE = "unknown: ask whoever gave you the photos"
_OWN_PHOTOS = frozenset({"folder", "class_folders", "paired_folders"})
_MOST_METHODS = 40


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """A data source of a manifest.

    Attributes:
        name: As the manifest has it.
        title: Its full name.
        licence: Its licence, or what is known of it.
        citation: How to cite it; empty where there is nothing to cite.
        homepage: Where people get it; empty for one's own photos.
        n_photos: How many usable photos are from it.
        is_composite: Its cracks were drawn onto photos of real surfaces.
    """

    name: str
    title: str
    licence: str
    citation: str
    homepage: str
    n_photos: int
    is_composite: bool = False

    @property
    def is_drawn(self) -> bool:
        """Photos drawn by this project."""
        return self.name == "synthetic"


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
        """Parts that differ by task."""
        return task_spec(self.task)

    @property
    def model(self) -> str:
        """Name of the network."""
        return self.model_info.model

    @property
    def is_of_masks(self) -> bool:
        """True of predicted masks, so that there are outlines, lengths and widths."""
        return self.spec.truth == "masks"

    @property
    def verdict(self) -> Verdict:
        """The evaluation in sentences; of an evaluation before there were verdicts, made now."""
        if written := self.part("verdict"):
            return Verdict.from_json(written)
        report = {"decision": {"task": self.task}, **self.evaluation}
        return judge_evaluation(report, self.metrics, **describe_origins(self.manifest))

    @property
    def examples(self) -> list[Mapping[str, str]]:
        """Photos to show whose pictures are there."""
        return [one for one in self.records("examples") if one["figure"] in self.pictures.found]

    def part(self, name: str) -> Mapping[str, Any]:
        """A block of the evaluation; empty where it is missing."""
        block = self.evaluation.get(name)
        return block if isinstance(block, Mapping) else {}

    def records(self, name: str) -> Sequence[Mapping[str, Any]]:
        """A list of the evaluation; empty where it is missing."""
        records = self.evaluation.get(name)
        return records if isinstance(records, list) else ()

    def scores(self, name: str) -> list[Score]:
        """The scores under ``headline`` or ``protocols``; empty where they are missing."""
        return read_scores(self.evaluation.get(name))

    def baseline_of(self, score: Score) -> float | None:
        """The same score of the baseline; None where it has none."""
        return self.metrics.get(f"test_baseline_{score.name}")

    @property
    def n_aside(self) -> int:
        """Photos that ingestion set aside."""
        return int((self.manifest["status"] != OK).sum())

    @property
    def surfaces(self) -> list[str]:
        """Surfaces of the photos, where they are recorded."""
        return sorted(map(str, self.manifest["surface"].dropna().unique()))

    def count_photos(self, split: Split) -> tuple[int, int]:
        """Usable photos of a split, and the source photos (groups) that they are from."""
        rows = usable_rows(self.manifest, split)
        groups = rows["group_id"].fillna(rows["photo_id"])
        return len(rows), int(groups.nunique())


def list_origins(manifest: pd.DataFrame) -> list[DataOrigin]:
    """Look up the sources of the usable photos.

    Args:
        manifest: A validated manifest.

    Returns:
        One entry a source, the one with the most photos first. The licence of one's own photos, and
        of a source that is not known, is unknown.
    """
    counts = usable_rows(manifest)["source"].value_counts()
    origins = []
    for name, count in zip(map(str, counts.index), counts, strict=True):
        source = SOURCES.get(name)
        if source is None:
            facts = (name, UNKNOWN_LICENCE, "", "")
        elif name in _OWN_PHOTOS:
            facts = ("your own photos", UNKNOWN_LICENCE, source.citation, "")
        else:
            facts = (source.title, source.licence, source.citation, source.homepage)
        is_composite = source is not None and source.is_composite
        origins.append(DataOrigin(name, *facts, int(count), is_composite))
    return origins


def describe_origins(manifest: pd.DataFrame) -> dict[str, bool]:
    """Say whether all photos are drawn, and whether the cracks of some are, as a verdict asks."""
    origins = list_origins(manifest)
    return {
        "is_drawn": all(origin.is_drawn for origin in origins),
        "is_composite": any(origin.is_composite for origin in origins),
    }


def list_explanation_scores(table: pd.DataFrame) -> list[dict[str, Any]]:
    """List the methods of ``explanation_scores`` with their scores.

    Args:
        table: A row per method.

    Returns:
        The first forty rows; None where a method has no such score.

    >>> list_explanation_scores(pd.DataFrame({"method": ["saliency"], "energy_inside": [0.4]}))
    [{'method': 'saliency', 'energy_inside': 0.4}]
    """
    return read_rows(table.head(_MOST_METHODS))


def read_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; None for what is missing."""
    rows = table.astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in rows.where(rows.notna(), None).to_dict("records")
    ]
