"""False alarms on photos without any crack, of another data set."""

from dataclasses import asdict
from typing import Any

import numpy as np

from crack_pipeline.metrics.bootstrap import sum_intervals
from crack_pipeline.metrics.false_alarms import FalseAlarms, measure_false_alarms, rate_false_alarms
from crack_pipeline.prediction.photo import apply_threshold
from crack_pipeline.tasks.label_scores import read_photos
from crack_pipeline.tasks.mask_scores import PredictMap
from crack_pipeline.tasks.other_manifest import OtherPhotos
from crack_pipeline.tasks.report_parts import describe_interval
from crack_pipeline.tasks.settings import SegmentationEvaluation


def measure_crack_free(
    predict: PredictMap, photos: OtherPhotos, settings: SegmentationEvaluation, *, threshold: float
) -> dict[str, Any]:
    """Measure how much crack a model sees where there is none.

    Args:
        predict: Photo → probability map.
        photos: Without crack.
        settings: Draws of the bootstrap. The scale is that of the own photos, so nothing is given
            by m².
        threshold: From which probability on a pixel is crack.

    Returns:
        JSON-ready: data set, number of photos, of those with false alarms, false crack length by
        area and falsely marked share of the area, with their intervals over source photos.
    """
    measured = []
    for image in read_photos(photos.rows, f"False alarms on {photos.name}"):
        mask = apply_threshold(predict(image), threshold)
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
