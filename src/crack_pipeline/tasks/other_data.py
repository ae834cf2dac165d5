"""One model on the photos of several data sets, and false alarms where there is no crack."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.metrics.bootstrap import sum_intervals
from crack_pipeline.metrics.false_alarms import FalseAlarms, measure_false_alarms, rate_false_alarms
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks.label_report import read_photos
from crack_pipeline.tasks.other_photos import LeftOut, OtherPhotos
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.report_parts import describe_interval
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.wording.phrases import align_columns, group_remarks, list_words
from crack_pipeline.wording.scores import Score, list_notes


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


def measure_crack_free(
    bundle: ModelBundle, photos: OtherPhotos, settings: SegmentationEvaluation
) -> dict[str, Any]:
    """Measure how much crack a model sees where there is none.

    Args:
        bundle: The model with its decision.
        photos: Without crack.
        settings: Draws of the bootstrap. The scale is that of the own photos, so nothing is given
            by m².

    Returns:
        JSON-ready: data set, number of photos, of those with false alarms, false crack length by
        area and falsely marked share of the area, with their intervals over source photos.
    """
    measured = []
    for image in read_photos(photos.rows, f"False alarms on {photos.name}"):
        mask = bundle.predict_mask(image)
        measured.append(measure_false_alarms(mask, np.zeros_like(mask), tolerance_px=0))
    alarms = FalseAlarms.stack(measured)
    found = sum_intervals(
        alarms,
        photos.rows["group_id"],
        lambda sums: {"length": sums.px_per_megapixel(), "area": sums.area_share()},
        resamples=settings.resamples,
    )
    rate = rate_false_alarms(alarms)
    return {
        "data_set": photos.name,
        "photos": rate["photos"],
        "photos_with_false_alarms": rate["photos_with_false_alarms"],
        "px_per_megapixel": describe_interval(found["length"]),
        "area_share": describe_interval(found["area"]),
    }


def format_sets(measured: Sequence[MeasuredSet]) -> str:
    """Lay out data sets side by side: one row a metric, one column a data set.

    Args:
        measured: The model's own data set first.

    Returns:
        Lines of text: a heading, photos, then one a metric with its 95 % interval in brackets.
    """
    names = [f"{one.name} (own)" if one.is_own else one.name for one in measured]
    lines = [
        ["", *names],
        ["photos", *map(describe_photos, measured)],
        ["of these without crack", *(str(one.crack_free) for one in measured)],
    ]
    for place, row in enumerate(measured[0].headline):
        lines.append([row.label, *(one.headline[place].format("") for one in measured)])
    return align_columns(lines)


def describe_photos(one: MeasuredSet) -> str:
    """Say how many photos were measured.

    Args:
        one: A data set.

    Returns:
        "40", or "40 of 237" where there are more than were asked for.
    """
    is_part = one.drawn_from > one.drawn
    return f"{one.photos} of {one.drawn_from}" if is_part else str(one.photos)


def list_cautions(measured: Sequence[MeasuredSet]) -> list[str]:
    """Say what makes the numbers of data sets differ besides the model.

    Args:
        measured: The model's own data set first.

    Returns:
        Sentences, each once; none where there is nothing to mind.
    """
    said = [
        f"{one.name}: {one.drawn} of {one.drawn_from} photos were drawn "
        "(cross_evaluate.most_photos)."
        for one in measured
        if one.drawn_from > one.drawn
    ]
    without = [one.name for one in measured if one.crack_free == 0]
    if 0 < len(without) < len(measured):
        said.append(
            f"{list_words(without)} {'has' if len(without) == 1 else 'have'} no photo without "
            "crack, where everything found is a false alarm: numbers can look better for that."
        )
    remarks = ((one.name, "; ".join(list_notes(one.headline))) for one in measured)
    return [*said, *group_remarks(remarks)]


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
