"""Models that need no training worth the name, measured as the network is.

What they see of a photo is computed once and serves every split and seed.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.baselines.black_hat import detect_dark_lines, list_choices
from crack_pipeline.baselines.border_percentiles import measure_border_percentiles
from crack_pipeline.baselines.grey_percentiles import (
    fit_percentile_classifier,
    measure_percentiles,
    predict_percentile_classifier,
)
from crack_pipeline.baselines.grey_threshold import measure_darkness
from crack_pipeline.images.reading import read_image
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import choose_threshold, sweep_grid, sweep_scores
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index, measure_histograms
from crack_pipeline.progress import track
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.measuring import count_each, describe_photos
from crack_pipeline.types import ProbabilityMap, RgbImage

MeasurePhotos = Callable[[pd.DataFrame], pd.DataFrame]
"""Manifest with splits → one row a test photo, as ``TrialResult.photos`` gives it."""


TrivialModels = Mapping[str, MeasurePhotos]
"""Name → function that fits on train, chooses on validation and measures on test."""


def prepare_trivial_models(
    rows: pd.DataFrame,
    settings: SegmentationEvaluation | ClassificationEvaluation,
    *,
    border_px: int,
) -> TrivialModels:
    """Look at each photo once.

    Args:
        rows: All photos, as ``pool_photos`` gives them.
        settings: What the baselines try; its kind says for which task.
        border_px: Width of the frame that the border's classifier sees.

    Returns:
        Grey-level percentiles and border only for classification; black-hat and grey threshold
        for segmentation.
    """
    if isinstance(settings, SegmentationEvaluation):
        return _prepare_detectors(rows, settings)
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
    parts = {
        split: rows.reset_index(drop=True) for split, rows in manifest.groupby("split", sort=True)
    }
    labels = {split: np.asarray(rows["label"], np.int64) for split, rows in parts.items()}

    def seen(split: str) -> NDArray[np.float64]:
        return features.loc[parts[split]["image_id"]].to_numpy()

    classifier = fit_percentile_classifier(seen("train"), labels["train"])
    validation = predict_percentile_classifier(classifier, seen("validation"))
    threshold = choose_threshold(sweep_scores(labels["validation"], validation)).threshold
    probabilities = predict_percentile_classifier(classifier, seen("test"))
    counts = count_each(labels["test"], probabilities >= threshold)
    return describe_photos(parts["test"], counts, probabilities)


def _prepare_detectors(rows: pd.DataFrame, settings: SegmentationEvaluation) -> TrivialModels:
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
        return ProbabilityHistograms(
            photos.crack[where],
            photos.background[where],
            photos.near_crack[where],
            photos.found_crack[where],
        )

    validation = manifest[manifest["split"] == "validation"]
    sweeps = [sweep_grid(pick(photos, validation).pooled()) for photos in variants]
    best = int(np.argmax([rates.f1(sweep.counts).max() for sweep in sweeps]))
    index = grid_index(choose_threshold(sweeps[best]).threshold)
    test = manifest[manifest["split"] == "test"].reset_index(drop=True)
    counts = pick(variants[best], test).counts().at((slice(None), index))
    return describe_photos(test, counts, np.full(len(test), np.nan))


def _read_images(rows: pd.DataFrame) -> Iterator[RgbImage]:
    paths = rows["image_path"]
    for path in track(paths, total=len(rows), description="Looking at photos", unit="photos"):
        yield read_image(Path(path))
