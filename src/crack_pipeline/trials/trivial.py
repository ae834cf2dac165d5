"""Models that need no training worth the name, measured as the network is.

What they see of a photo is computed once and serves every split and seed.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.baselines.detectors import detect_dark_lines, list_choices, measure_darkness
from crack_pipeline.baselines.percentiles import (
    classify_by_levels,
    measure_border_percentiles,
    measure_percentiles,
)
from crack_pipeline.images.reading import read_image
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.curves import choose_variant, sweep_grid
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index, measure_histograms
from crack_pipeline.progress import track
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.measuring import count_each, describe_photos
from crack_pipeline.types import SPLITS, ProbabilityMap, RgbImage

MeasurePhotos = Callable[[pd.DataFrame], pd.DataFrame]
"""Manifest with splits → one row a test photo, as ``TrialResult.photos`` gives it."""


TrivialModels = Mapping[str, MeasurePhotos]
"""Name → function that fits on train, chooses on validation and measures on test."""


def prepare_classifiers(
    rows: pd.DataFrame, settings: ClassificationEvaluation, *, border_px: int
) -> TrivialModels:
    """Look at each photo once, for classifiers of grey-level percentiles.

    Args:
        rows: All photos, as ``pool_photos`` gives them.
        settings: The percentiles that they look at.
        border_px: Width of the frame that the border's classifier sees.

    Returns:
        One that sees whole photos, and one that sees their border alone.
    """
    levels = settings.baseline.percentiles
    seen: dict[str, list[NDArray[np.float64]]] = {"grey_percentiles": [], "border_percentiles": []}
    for image in _read_images(rows):
        seen["grey_percentiles"].append(measure_percentiles(image, levels))
        seen["border_percentiles"].append(
            measure_border_percentiles(image, levels, border_px=border_px)
        )
    tables = {name: pd.DataFrame(values, index=rows["image_id"]) for name, values in seen.items()}
    return {name: partial(_classify, table) for name, table in tables.items()}


def _classify(features: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    parts = {split: manifest[manifest["split"] == split].reset_index(drop=True) for split in SPLITS}
    labels = {split: np.asarray(rows["label"], np.int64) for split, rows in parts.items()}
    seen = {split: features.loc[rows["image_id"]].to_numpy() for split, rows in parts.items()}
    scores = classify_by_levels(seen, labels)
    counts = count_each(labels["test"], scores.test >= scores.threshold)
    return describe_photos(parts["test"], counts, scores.test)


def prepare_detectors(
    rows: pd.DataFrame, settings: SegmentationEvaluation, *, border_px: int
) -> TrivialModels:
    """Look at each photo once, for detectors of dark lines and of dark pixels.

    Args:
        rows: All photos, as ``pool_photos`` gives them.
        settings: What the black-hat detector tries.
        border_px: Not used: a detector sees all pixels.

    Returns:
        Black-hat and grey threshold.
    """
    choices = list_choices(settings.baseline)
    detectors: dict[str, list[Callable[[RgbImage], ProbabilityMap]]] = {
        "black_hat": [partial(detect_dark_lines, choice=choice) for choice in choices],
        "grey_threshold": [measure_darkness],
    }
    measured: dict[str, list[list[ProbabilityHistograms]]] = {
        name: [[] for _ in variants] for name, variants in detectors.items()
    }
    for image, path in zip(_read_images(rows), rows["mask_path"], strict=True):
        truth = read_mask(Path(path))
        for name, variants in detectors.items():
            for detect, photos in zip(variants, measured[name], strict=True):
                photos.append(measure_histograms(detect(image), truth, tolerance_px=0))
    ids = pd.Index(rows["image_id"])
    stacked = {
        name: [ProbabilityHistograms.stack(photos) for photos in variants]
        for name, variants in measured.items()
    }
    return {name: partial(_detect, ids, variants) for name, variants in stacked.items()}


def _detect(
    ids: pd.Index, variants: list[ProbabilityHistograms], manifest: pd.DataFrame
) -> pd.DataFrame:
    def pick(photos: ProbabilityHistograms, rows: pd.DataFrame) -> ProbabilityHistograms:
        where = ids.get_indexer(pd.Index(rows["image_id"]))
        return photos.at(where)

    validation = manifest[manifest["split"] == "validation"]
    sweeps = [sweep_grid(pick(photos, validation).pooled()) for photos in variants]
    best, threshold = choose_variant(sweeps)
    test = manifest[manifest["split"] == "test"].reset_index(drop=True)
    counts = pick(variants[best], test).counts().at((slice(None), grid_index(threshold)))
    return describe_photos(test, counts, np.full(len(test), np.nan))


def _read_images(rows: pd.DataFrame) -> Iterator[RgbImage]:
    paths = rows["image_path"]
    for path in track(paths, total=len(rows), description="Looking at photos", unit="photos"):
        yield read_image(Path(path))
