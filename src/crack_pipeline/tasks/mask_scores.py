"""Predicted masks of a split against the masks that people drew."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import StorageError
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
from crack_pipeline.prediction.photo import TilingSettings, apply_threshold, predict_photo
from crack_pipeline.progress import track
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.types import BinaryMask, ProbabilityMap, RgbImage, Split

PredictMap: TypeAlias = Callable[[RgbImage], ProbabilityMap]
KeepMap: TypeAlias = Callable[[str, ProbabilityMap], None]

_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


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

    def each_at(self, threshold: float) -> ConfusionCounts:
        """Counts of each photo at one threshold of the grid, (N,)."""
        return self.photos.counts().at((slice(None), grid_index(threshold)))

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
    decide: float | Callable[[SplitScores], float],
    keep: KeepMap | None = None,
) -> SplitScores:
    """Predict each photo once and measure it; memory does not grow with the maps.

    Args:
        predict: Photo → probability map.
        manifest: A validated manifest with masks.
        split: The part to measure.
        settings: The tolerance.
        decide: The decision threshold, or what chooses it from all histograms. Centrelines need
            it, so in the second case the maps wait on disk, as levels of the grid.
        keep: Is given each photo's id and map.

    Returns:
        Histograms, and centrelines at the threshold.

    Raises:
        StorageError: If there is no room for the waiting maps.
    """
    rows = usable_rows(manifest, split)
    tolerance_px = settings.tolerance_px
    photos, lines = [], []
    with tempfile.TemporaryDirectory(prefix="crack_maps_") as folder:
        waiting = _WaitingMaps(Path(folder), tolerance_px)
        pairs = read_pairs(rows, f"Measuring {split}")
        for image_id, (image, truth) in zip(rows["image_id"], pairs, strict=True):
            probability = predict(image)
            photos.append(measure_histograms(probability, truth, tolerance_px=tolerance_px))
            if keep is not None:
                keep(str(image_id), probability)
            if callable(decide):
                waiting.add(probability)
            else:
                mask = apply_threshold(probability, decide)
                lines.append(measure_centrelines(mask, truth, tolerance_px=tolerance_px))
        scores = SplitScores(rows, ProbabilityHistograms.stack(photos))
        if callable(decide):
            lines = waiting.measure(rows["mask_path"], decide(scores))
    return replace(scores, centrelines=CentrelineCounts.stack(lines))


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


class _WaitingMaps:
    """Maps on disk until the threshold is known; as PNG they take a tenth of their pixels."""

    def __init__(self, folder: Path, tolerance_px: float) -> None:
        self._folder = folder
        self._tolerance_px = tolerance_px
        self._n_maps = 0

    def add(self, probability: ProbabilityMap) -> None:
        _, content = cv2.imencode(".png", quantize_probabilities(probability), _FAST)
        try:
            self._file(self._n_maps).write_bytes(content.tobytes())
        except OSError as error:
            raise StorageError(
                "Probability maps must wait on disk until the threshold is known.",
                received=f"{error.strerror} at {self._folder}",
                remedy="Free space there, or set TMPDIR to a folder that has room.",
            ) from error
        self._n_maps += 1

    def measure(self, mask_paths: "pd.Series[str]", threshold: float) -> list[CentrelineCounts]:
        return [
            measure_centrelines(
                self._mask(number, threshold),
                read_mask(Path(path)),
                tolerance_px=self._tolerance_px,
            )
            for number, path in enumerate(mask_paths)
        ]

    def _mask(self, number: int, threshold: float) -> BinaryMask:
        content = np.frombuffer(self._file(number).read_bytes(), np.uint8)
        levels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
        return (np.asarray(levels) >= grid_index(threshold)).astype(np.uint8)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.png"
