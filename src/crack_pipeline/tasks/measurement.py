"""How well a model measures cracks, and what its photos say of its limits."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.images.appearance import measure_appearance
from crack_pipeline.images.reading import read_image
from crack_pipeline.images.sharpness import measure_sharpness
from crack_pipeline.manifest import usable_rows
from crack_pipeline.measure.cracks import measure_cracks
from crack_pipeline.measure.error_bars import ErrorBars, fit_error_bars
from crack_pipeline.measure.matching import FoundCrack, compare_cracks
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.embedding import Embedder
from crack_pipeline.prediction.measurement import FalseMarks, MeasurementRecord
from crack_pipeline.prediction.training_range import Look, TrainingRange, fit_training_range
from crack_pipeline.reporting.subject import list_origins
from crack_pipeline.sources import SOURCES
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tasks.label_report import read_photos
from crack_pipeline.tasks.mask_scores import read_pairs
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.types import BinaryMask, ProbabilityMap

_HALF = 0.5
_BLURRED_PERCENT = 5
_MOST_TRAINING_PHOTOS = 400


def calibrate(subject: Subject, report: Mapping[str, Any]) -> MeasurementRecord:
    """Compare measures of the validation photos with those of their masks, and gather the limits.

    Args:
        subject: The model with its decision, and the photos.
        report: Its ``evaluation_report.json``.

    Returns:
        The record of the model and its decision.
    """
    manifest, decision = subject.manifest, subject.decision
    train, test = usable_rows(manifest, "train"), usable_rows(manifest, "test")
    elsewhere = (report.get("false_alarms") or {}).get("crack_free_elsewhere")
    return MeasurementRecord(
        error_bars=_fit_error_bars(subject),
        labels=tuple(origin.title for origin in list_origins(manifest)),
        test_set=subject.dataset,
        **_find_limit(report, subject),
        drawn_whole=any(origin.is_drawn for origin in list_origins(test)),
        composites=tuple(one.title for one in list_origins(test) if one.is_composite),
        false_marks=elsewhere
        and FalseMarks(
            dataset=elsewhere["data_set"],
            photos=elsewhere["photos"],
            marked=elsewhere["photos_with_false_alarms"],
        ),
        sharpness_p5=_find_blurred(test),
        training_range=_find_training_range(train, subject.bundle),
        training_side_px=int(np.median(np.minimum(train["width_px"], train["height_px"]))),
        threshold=decision.threshold,
        views=decision.views,
        **subject.info.identity,
    )


def _fit_error_bars(subject: Subject) -> ErrorBars:
    if task_spec(subject.info.task).truth != "masks":
        return ErrorBars(note=f"a {subject.info.task} model outlines no cracks")
    bundle, rows = subject.bundle, usable_rows(subject.manifest, "validation")
    found: list[FoundCrack] = []
    groups: list[str] = []
    pairs = read_pairs(rows, "Calibrating the error bars")
    facts = zip(rows["group_id"].astype(str), rows["source"], rows["raw_mask_path"], strict=True)
    for (group, source, path), (photo, mask) in zip(facts, pairs, strict=True):
        predicted = measure_cracks(bundle.predict_map(photo), bundle.threshold)
        truth = measure_cracks(_read_exactly(mask, source, path), _HALF)
        of_photo = compare_cracks(predicted, truth).found
        found += of_photo
        groups += [group] * len(of_photo)
    return fit_error_bars(found, groups)


def _read_exactly(mask: BinaryMask, source: str, path: object) -> ProbabilityMap:
    """Share of each pixel that cracks cover; the mask itself where no source knows better."""
    find = SOURCES[source].find_coverage if source in SOURCES else None
    file = find(Path(path)) if find is not None and isinstance(path, str) else None
    if file is None:
        return mask.astype(np.float32)
    return np.asarray(read_image(file)[..., 0] / np.float32(255), np.float32)


def _find_limit(report: Mapping[str, Any], subject: Subject) -> dict[str, Any]:
    detection = report.get("detection")
    if detection is None:
        return {"a90_95_note": f"a {subject.info.task} model outlines no cracks"}
    if (bound := detection.get("a90_95_px")) is not None:
        return {"a90_95_px": bound}
    note = detection.get("bound_note") or detection.get("note") or "the evaluation found none"
    return {"a90_95_note": note.removeprefix("not known: ")}


def _find_blurred(rows: pd.DataFrame) -> float:
    photos = read_photos(rows, "Measuring the sharpness of the test photos")
    return float(np.percentile([measure_sharpness(photo) for photo in photos], _BLURRED_PERCENT))


def _find_training_range(rows: pd.DataFrame, bundle: ModelBundle) -> TrainingRange:
    """Limits of the train photos, of many those of some, evenly spread."""
    few = np.unique(np.linspace(0, len(rows) - 1, _MOST_TRAINING_PHOTOS).astype(int))
    rows = rows.iloc[few]
    embedder = Embedder.of(bundle)
    looks = [
        Look(measure_appearance(photo), None if embedder is None else embedder.embed(photo))
        for photo in read_photos(rows, "Measuring what the train photos look like")
    ]
    return fit_training_range(looks, rows["group_id"].astype(str))
