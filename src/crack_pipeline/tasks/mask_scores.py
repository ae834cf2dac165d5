"""Predicted masks of a split against the masks that people drew."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError, StorageError
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.calibration import ReliabilityCounts, count_reliability, find_band
from crack_pipeline.metrics.centrelines import (
    CentrelineCounts,
    measure_centrelines,
    summarize_centrelines,
)
from crack_pipeline.metrics.counts import ConfusionCounts
from crack_pipeline.metrics.crack_units import CrackUnits, measure_units
from crack_pipeline.metrics.histograms import (
    ProbabilityHistograms,
    measure_histograms,
    quantize_probabilities,
)
from crack_pipeline.metrics.mask_geometry import MaskGeometry
from crack_pipeline.metrics.summaries import grid_index, prefix_names, summarize_pixels
from crack_pipeline.metrics.sweeps import ThresholdSweep, sweep_grid
from crack_pipeline.metrics.temperature import LogitHistograms, apply_temperature, count_logits
from crack_pipeline.prediction.photo import TilingSettings, apply_threshold, predict_photo
from crack_pipeline.progress import track
from crack_pipeline.tasks.mask_sums import (
    WIDE_TOLERANCE_PX,
    LineMeasures,
    MaskSums,
    gather_sums,
    measure_lines,
)
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.types import BinaryMask, ProbabilityMap, RgbImage, Split

PredictMap: TypeAlias = Callable[[RgbImage], ProbabilityMap]
KeepMap: TypeAlias = Callable[[str, ProbabilityMap], None]

_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)


_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is measured beyond histograms and centrelines.

    Attributes:
        calibration: Sums for the reliability of probabilities, and histograms of logits.
        temperature: What the logits are divided by in the second of the two reliabilities.
        in_full: All that the table is made of; only where the threshold is known.
    """

    calibration: bool = False
    temperature: float = 1.0
    in_full: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSums:
    """Pixels within a band around true crack and around what is predicted at 0.5.

    Attributes:
        raw: By probability as it is.
        scaled: By probability after the temperature.
        logits: Histograms of the logits as they are.
    """

    raw: ReliabilityCounts
    scaled: ReliabilityCounts
    logits: LogitHistograms


@dataclass(frozen=True, slots=True, eq=False)
class FullMeasures:
    """All that the table is made of, of N photos.

    Attributes:
        wide: Histograms with ``WIDE_TOLERANCE_PX``, (N, 101).
        lines: What is measured of the masks at the threshold, (N,).
        units: True cracks in short pieces, N.
    """

    wide: ProbabilityHistograms
    lines: LineMeasures
    units: list[CrackUnits]


@dataclass(frozen=True, slots=True, eq=False)
class SplitScores:
    """Predictions of a split against its truth.

    Attributes:
        rows: The photos' rows of the manifest.
        photos: Their histograms, (N, 101).
        centrelines: Their centrelines at the decision threshold, (N,); None where none is known.
        calibration: N sums; empty where it was not wanted.
        full: All that the table needs; None where it was not wanted.
    """

    rows: pd.DataFrame
    photos: ProbabilityHistograms
    centrelines: CentrelineCounts | None = None
    calibration: tuple[CalibrationSums, ...] = ()
    full: FullMeasures | None = None

    def sums(self, threshold: float) -> MaskSums:
        """What the table is made of, (N, …), at the threshold that it was measured with.

        Raises:
            ValueError: If it was not measured in full.
        """
        if self.full is None:
            raise ValueError("the split was not measured in full")
        return gather_sums(
            self.photos,
            self.full.wide,
            self.full.lines,
            index=grid_index(threshold),
            half=grid_index(_HALF),
        )

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
    wanted: Wanted = Wanted(),
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
        wanted: What else is measured.

    Returns:
        Histograms, centrelines at the threshold, and what was wanted.

    Raises:
        StorageError: If there is no room for the waiting maps.
        ValueError: If all is wanted before the threshold is known.
    """
    rows = usable_rows(manifest, split)
    pairs = read_pairs(rows, f"Measuring {split}")
    maps = _predict_maps(predict, zip(rows["image_id"], pairs, strict=True), keep)
    if not callable(decide):
        return score_maps(maps, rows, settings, threshold=decide, wanted=wanted)
    if wanted.in_full:
        raise ValueError("the threshold must be known where all is measured")
    return _score_before_deciding(maps, rows, settings, decide, wanted)


def score_maps(
    maps: Iterable[tuple[ProbabilityMap, BinaryMask]],
    rows: pd.DataFrame,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    wanted: Wanted = Wanted(),
) -> SplitScores:
    """Measure probability maps, whoever made them.

    Args:
        maps: Map and truth of each of N ≥ 1 photos, in the order of the rows.
        rows: One a photo: ``image_id``, ``group_id``.
        settings: The tolerance.
        threshold: From which probability on a pixel is crack.
        wanted: What else is measured.

    Returns:
        Histograms, centrelines, and what was wanted.

    Raises:
        ShapeError: If a map and its truth differ in size, or there is no photo.
    """
    tolerance_px = settings.tolerance_px
    near, wide, calibration = [], [], []
    lines: list[LineMeasures] = []
    centrelines, units = [], []
    for probability, truth in maps:
        near.append(measure_histograms(probability, truth, tolerance_px=tolerance_px))
        if wanted.calibration:
            calibration.append(_measure_calibration(probability, truth, wanted.temperature))
        mask = apply_threshold(probability, threshold)
        if not wanted.in_full:
            centrelines.append(measure_centrelines(mask, truth, tolerance_px=tolerance_px))
            continue
        wide.append(measure_histograms(probability, truth, tolerance_px=WIDE_TOLERANCE_PX))
        pair = MaskGeometry(mask), MaskGeometry(truth)
        lines.append(measure_lines(*pair, tolerance_px=tolerance_px))
        units.append(measure_units(*pair, tolerance_px=tolerance_px))
    _require_photos(near)
    scores = SplitScores(rows, ProbabilityHistograms.stack(near), calibration=tuple(calibration))
    if not wanted.in_full:
        return replace(scores, centrelines=CentrelineCounts.stack(centrelines))
    stacked = LineMeasures.stack(lines)
    full = FullMeasures(ProbabilityHistograms.stack(wide), stacked, units)
    return replace(scores, centrelines=stacked.lines, full=full)


def _predict_maps(
    predict: PredictMap,
    photos: Iterable[tuple[str, tuple[RgbImage, BinaryMask]]],
    keep: KeepMap | None,
) -> Iterator[tuple[ProbabilityMap, BinaryMask]]:
    for image_id, (image, truth) in photos:
        probability = predict(image)
        if keep is not None:
            keep(str(image_id), probability)
        yield probability, truth


def _score_before_deciding(
    maps: Iterable[tuple[ProbabilityMap, BinaryMask]],
    rows: pd.DataFrame,
    settings: SegmentationEvaluation,
    decide: Callable[[SplitScores], float],
    wanted: Wanted,
) -> SplitScores:
    tolerance_px = settings.tolerance_px
    photos, calibration = [], []
    with tempfile.TemporaryDirectory(prefix="crack_maps_") as folder:
        waiting = _WaitingMaps(Path(folder), tolerance_px)
        for probability, truth in maps:
            photos.append(measure_histograms(probability, truth, tolerance_px=tolerance_px))
            if wanted.calibration:
                calibration.append(_measure_calibration(probability, truth, wanted.temperature))
            waiting.add(probability)
        _require_photos(photos)
        scores = SplitScores(
            rows, ProbabilityHistograms.stack(photos), calibration=tuple(calibration)
        )
        lines = waiting.measure(rows["mask_path"], decide(scores))
    return replace(scores, centrelines=CentrelineCounts.stack(lines))


def _measure_calibration(
    probability: ProbabilityMap, truth: BinaryMask, temperature: float
) -> CalibrationSums:
    band = find_band(truth, probability >= _HALF)
    values, crack = probability[band], truth[band]
    return CalibrationSums(
        count_reliability(values, crack),
        count_reliability(apply_temperature(values, temperature), crack),
        count_logits(values, crack),
    )


def _require_photos(photos: Sequence[ProbabilityHistograms]) -> None:
    if not photos:
        raise ManifestError(
            "A model is measured on at least one photo.",
            received="no usable photo in the split",
            remedy="Add photos, or change `splitting` in the ingestion parameters.",
        )


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
