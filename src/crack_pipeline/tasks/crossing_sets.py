"""One model on the photos of several data sets: what is left of it elsewhere?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from crack_pipeline.tasks import label_scores, mask_scores
from crack_pipeline.tasks.label_report import report_labels
from crack_pipeline.tasks.left_out import LeftOut
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.other_manifest import OtherPhotos
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.tasks.split_scores import Wanted


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A model on one data set.

    Attributes:
        name: Of the data set.
        is_own: Whether the model was trained on its train photos.
        photos: How many were measured.
        groups: Of how many source photos.
        left_out: Photos left out because the model learnt from them; None of its own data set.
        headline: Entries with ``name``, ``label``, ``value``, ``low`` and ``high``.
    """

    name: str
    is_own: bool
    photos: int
    groups: int
    left_out: LeftOut | None
    headline: list[dict[str, Any]]


def measure_sets(
    subject: Subject,
    others: Sequence[OtherPhotos],
    settings: SegmentationEvaluation | ClassificationEvaluation,
    *,
    threshold: float,
    temperature: float,
) -> list[MeasuredSet]:
    """Measure a model on its own test photos and on those of others, threshold untouched.

    Args:
        subject: The model and its own photos.
        others: Photos of other data sets.
        settings: How to measure; its kind says for which task.
        threshold: Chosen on the model's own validation photos.
        temperature: Fitted there.

    Returns:
        Its own data set first.
    """
    own = OtherPhotos(subject.dataset, subject.manifest, LeftOut())
    return [
        _measure(subject, photos, settings, threshold, temperature, is_own=photos is own)
        for photos in (own, *others)
    ]


def _measure(
    subject: Subject,
    photos: OtherPhotos,
    settings: SegmentationEvaluation | ClassificationEvaluation,
    threshold: float,
    temperature: float,
    *,
    is_own: bool,
) -> MeasuredSet:
    there = replace(subject, manifest=photos.rows, dataset=photos.name)
    if isinstance(settings, SegmentationEvaluation):
        masks = mask_scores.score_split(
            mask_scores.make_predictor(there, settings),
            there.manifest,
            "test",
            settings,
            decide=threshold,
            wanted=Wanted(calibration=True, temperature=temperature, in_full=True),
        )
        rows = masks.rows
        parts = report_masks(masks, settings, threshold=threshold, temperature=temperature).parts
    else:
        labels = label_scores.score_split(there, "test", settings)
        rows = labels.rows
        parts = report_labels(labels, settings, threshold=threshold, temperature=temperature).parts
    return MeasuredSet(
        name=photos.name,
        is_own=is_own,
        photos=len(rows),
        groups=rows["group_id"].nunique(),
        left_out=None if is_own else photos.left_out,
        headline=parts["headline"],
    )
