"""One model on the photos of several data sets: what is left of it elsewhere?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

import pandas as pd

from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks import label_scores, mask_scores
from crack_pipeline.tasks.label_report import report_labels
from crack_pipeline.tasks.left_out import LeftOut
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.other_manifest import OtherPhotos
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.tasks.split_scores import Wanted
from crack_pipeline.wording.scores import Score

Measured: TypeAlias = tuple[pd.DataFrame, tuple[Score, ...]]
"""Rows of the manifest that were measured, and the headline."""


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A model on one data set.

    Attributes:
        name: Of the data set.
        is_own: Whether the model was trained on its train photos.
        photos: How many were measured.
        groups: Of how many source photos.
        crack_free: How many of them show no crack.
        drawn: How many were drawn to be measured, those included that were then left out.
        drawn_from: From how many.
        left_out: Photos left out because the model learnt from them; None of its own data set.
        headline: The scores that stand first.
    """

    name: str
    is_own: bool
    photos: int
    groups: int
    crack_free: int
    drawn: int
    drawn_from: int
    left_out: LeftOut | None
    headline: tuple[Score, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it down as ``cross_evaluation.json`` holds it."""
        return {**asdict(self), "headline": [score.to_json() for score in self.headline]}


def measure_sets(
    subject: Subject, others: Sequence[OtherPhotos], settings: Any
) -> list[MeasuredSet]:
    """Measure a model on its own test photos and on those of others, threshold untouched.

    Args:
        subject: The model with its decision, and its own photos.
        others: Photos of other data sets.
        settings: How to measure, of the subject's task.

    Returns:
        Its own data set first.
    """
    own = OtherPhotos(subject.dataset, subject.manifest, LeftOut(), drawn_from=0)
    return [_measure(subject, photos, settings, is_own=photos is own) for photos in (own, *others)]


def _measure(subject: Subject, photos: OtherPhotos, settings: Any, *, is_own: bool) -> MeasuredSet:
    there = replace(subject, manifest=photos.rows, dataset=photos.name)
    measure = task_spec(subject.info.task).part("measure_elsewhere")
    rows, headline = measure(there, settings)
    return MeasuredSet(
        name=photos.name,
        is_own=is_own,
        photos=len(rows),
        groups=rows["group_id"].nunique(),
        crack_free=_count_crack_free(there.manifest, rows["image_id"]),
        drawn=len(rows) + len(photos.left_out.near_copies),
        drawn_from=len(rows) if is_own else photos.drawn_from,
        left_out=None if is_own else photos.left_out,
        headline=headline,
    )


def _count_crack_free(manifest: pd.DataFrame, image_ids: pd.Series) -> int:
    labels = manifest.loc[manifest["image_id"].isin(image_ids), "label"]
    return int(labels.eq(0).fillna(False).sum())


def measure_masks(subject: Subject, settings: SegmentationEvaluation) -> Measured:
    """Test photos of a segmentation that have masks, and the headline."""
    threshold, temperature = subject.bundle.threshold, subject.bundle.temperature
    masks = mask_scores.score_split(
        subject.bundle.predict_map,
        subject.manifest,
        "test",
        settings,
        decide=threshold,
        wanted=Wanted(calibration=True, temperature=temperature, in_full=True),
    )
    report = report_masks(masks, settings, threshold=threshold, temperature=temperature)
    return masks.rows, report.headline


def measure_labels(subject: Subject, settings: ClassificationEvaluation) -> Measured:
    """Test photos of a classification that have labels, and the headline."""
    bundle, labels = subject.bundle, label_scores.score_split(subject, "test")
    report = report_labels(
        labels, settings, threshold=bundle.threshold, temperature=bundle.temperature
    )
    return labels.rows, report.headline
