"""Predicted masks of a split against the masks that people drew."""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.centrelines import (
    CentrelineCounts,
    measure_centrelines,
    summarize_centrelines,
)
from crack_pipeline.metrics.counts import ConfusionCounts
from crack_pipeline.metrics.histograms import (
    ProbabilityHistograms,
    measure_histograms,
    quantize_probabilities,
)
from crack_pipeline.metrics.summaries import grid_index, prefix_names, summarize_pixels
from crack_pipeline.metrics.sweeps import ThresholdSweep, sweep_grid
from crack_pipeline.prediction.photo import TilingSettings, predict_photo
from crack_pipeline.progress import track
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.types import BinaryMask, ProbabilityMap, RgbImage, Split

PredictMap: TypeAlias = Callable[[RgbImage], ProbabilityMap]
KeepMap: TypeAlias = Callable[[str, ProbabilityMap], None]

_TIMED_PHOTOS = 3


@dataclass(frozen=True, slots=True, eq=False)
class SplitScores:
    """Predictions of a split against its truth.

    Attributes:
        rows: The photos' rows of the manifest.
        photos: Their histograms, (N, 101).
        centrelines: Their centrelines at the decision threshold, (N,); None where none is known.
    """

    rows: pd.DataFrame
    photos: ProbabilityHistograms
    centrelines: CentrelineCounts | None = None

    def sweep(self) -> ThresholdSweep:
        """Pooled counts at each threshold."""
        return sweep_grid(self.photos.pooled())

    def counts_at(self, threshold: float) -> ConfusionCounts:
        """Pooled counts at one threshold of the grid."""
        return self.sweep().counts.at(grid_index(threshold))

    def summarize(
        self, threshold: float, settings: SegmentationEvaluation, prefix: str
    ) -> dict[str, float]:
        """Flat metrics at a threshold.

        Args:
            threshold: One of the grid; that of the centrelines where these are known.
            settings: The tolerance.
            prefix: What names begin with.

        Returns:
            ``<prefix>_<metric>_<aggregation>`` → number.
        """
        tolerance_px = settings.tolerance_px
        metrics = summarize_pixels(
            self.photos, threshold=threshold, tolerance_px=tolerance_px, prefix=prefix
        )
        if self.centrelines is not None:
            lines = summarize_centrelines(self.centrelines, tolerance_px=tolerance_px)
            metrics |= prefix_names(lines, prefix)
        return metrics


def make_predictor(subject: Subject, settings: SegmentationEvaluation) -> PredictMap:
    """The predictor that a model is measured with.

    Args:
        subject: The model.
        settings: Test-time augmentation.

    Returns:
        Photo → probability map.
    """
    tiling = TilingSettings.from_model_info(subject.info, views=settings.test_time_augmentation)
    return partial(predict_photo, predict_batch=subject.predict_batch, settings=tiling)


def score_split(
    predict: PredictMap,
    manifest: pd.DataFrame,
    split: Split,
    settings: SegmentationEvaluation,
    *,
    decide: float | Callable[[SplitScores], float] | None = None,
    keep: KeepMap | None = None,
) -> SplitScores:
    """Predict each photo once and measure it; memory does not grow with the maps.

    Args:
        predict: Photo → probability map.
        manifest: A validated manifest with masks.
        split: The part to measure.
        settings: The tolerance.
        decide: The decision threshold, or what chooses it from all histograms; the maps wait on
            disk until then. None measures no centrelines.
        keep: Is given each photo's id and map.

    Returns:
        Histograms, and centrelines at the threshold.
    """
    rows = usable_rows(manifest, split)
    histograms = []
    with tempfile.TemporaryDirectory(prefix="crack_maps_") as folder:
        waiting = _WaitingMaps(Path(folder))
        for image_id, (image, truth) in zip(
            rows["image_id"], read_pairs(rows, f"Measuring {split}"), strict=True
        ):
            probability = predict(image)
            if keep is not None:
                keep(str(image_id), probability)
            histograms.append(
                measure_histograms(probability, truth, tolerance_px=settings.tolerance_px)
            )
            if decide is not None:
                waiting.add(probability)
        scores = SplitScores(rows, ProbabilityHistograms.stack(histograms))
        if decide is None:
            return scores
        threshold = decide(scores) if callable(decide) else decide
        lines = [
            measure_centrelines(mask, read_mask(Path(path)), tolerance_px=settings.tolerance_px)
            for mask, path in zip(waiting.masks(threshold), rows["mask_path"], strict=True)
        ]
    return SplitScores(rows, scores.photos, CentrelineCounts.stack(lines))


def read_pairs(rows: pd.DataFrame, description: str) -> Iterator[tuple[RgbImage, BinaryMask]]:
    """Photos and masks of manifest rows, one after another.

    Args:
        rows: With ``image_path`` and ``mask_path``.
        description: Of the progress.

    Yields:
        (H, W, 3) uint8 and (H, W) uint8 of {0, 1}.
    """
    paths = zip(rows["image_path"], rows["mask_path"], strict=True)
    for image_path, mask_path in track(
        paths, total=len(rows), description=description, unit="photos"
    ):
        yield read_image(Path(image_path)), read_mask(Path(mask_path))


def time_views(subject: Subject, settings: SegmentationEvaluation) -> dict[str, float | str]:
    """What test-time augmentation costs, on a few validation photos.

    Args:
        subject: The model and the photos.
        settings: Test-time augmentation.

    Returns:
        Seconds a photo with and without it, and their ratio.
    """
    paths = usable_rows(subject.manifest, "validation")["image_path"]
    images = [read_image(Path(path)) for path in islice(paths, _TIMED_PHOTOS)]
    plain = settings.model_copy(update={"test_time_augmentation": "none"})
    seconds = []
    for chosen in (settings, plain):
        predict = make_predictor(subject, chosen)
        predict(images[0])  # the network is traced for a new batch size once
        started = time.perf_counter()
        for image in images:
            predict(image)
        seconds.append((time.perf_counter() - started) / len(images))
    return {
        "views": settings.test_time_augmentation,
        "seconds_a_photo": seconds[0],
        "seconds_a_photo_without": seconds[1],
        "cost_ratio": seconds[0] / seconds[1],
    }


class _WaitingMaps:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_maps = 0

    def add(self, probability: ProbabilityMap) -> None:
        np.save(self._folder / f"{self._n_maps}.npy", quantize_probabilities(probability))
        self._n_maps += 1

    def masks(self, threshold: float) -> Iterator[NDArray[np.uint8]]:
        index = grid_index(threshold)
        for number in range(self._n_maps):
            yield (np.load(self._folder / f"{number}.npy") >= index).astype(np.uint8)
