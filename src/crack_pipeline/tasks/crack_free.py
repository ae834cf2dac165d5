"""False alarms on photos without any crack, of another data set."""

from dataclasses import asdict
from typing import Any

import numpy as np

from crack_pipeline.metrics.bootstrap import sum_intervals
from crack_pipeline.metrics.false_alarms import FalseAlarms, measure_false_alarms, rate_false_alarms
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.tasks.label_scores import read_photos
from crack_pipeline.tasks.other_manifest import OtherPhotos
from crack_pipeline.tasks.report_parts import describe_interval
from crack_pipeline.tasks.settings import SegmentationEvaluation


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
    rate = asdict(rate_false_alarms(alarms))
    return {
        "data_set": photos.name,
        "photos": rate["photos"],
        "photos_with_false_alarms": rate["photos_with_false_alarms"],
        "px_per_megapixel": describe_interval(found["length"]),
        "area_share": describe_interval(found["area"]),
    }
