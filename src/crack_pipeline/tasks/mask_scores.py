"""Predicted masks of a split against the masks that people drew."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import ManifestError, StorageError
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.calibration import (
    LogitHistograms,
    ReliabilityCounts,
    apply_temperature,
    count_logits,
    count_reliability,
    find_band,
)
from crack_pipeline.metrics.curves import ThresholdSweep, sweep_grid
from crack_pipeline.metrics.detection import CrackUnits, measure_units
from crack_pipeline.metrics.histograms import (
    ProbabilityHistograms,
    grid_index,
    measure_histograms,
    quantize_probabilities,
)
from crack_pipeline.metrics.masks import HALF, MaskSums, measure_masks, summarize_masks
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.metrics.structure import CentrelineCounts, measure_centrelines
from crack_pipeline.progress import track
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.types import BinaryMask, ProbabilityMap, RgbImage, Split


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationSums(Additive):
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
class SplitScores:
    """Predictions of a split against its truth.

    Attributes:
        rows: The photos' rows of the manifest, N.
        sums: What was measured of them, (N, …).
        calibration: Theirs, (N, …); None where it was not wanted.
        units: True cracks in short pieces, of each photo; empty where they were not wanted.
    """

    rows: pd.DataFrame
    sums: MaskSums
    calibration: CalibrationSums | None = None
    units: tuple[CrackUnits, ...] = ()

    @property
    def photos(self) -> ProbabilityHistograms:
        """Histograms of the photos, (N, 101)."""
        return self.sums.near

    def sweep(self) -> ThresholdSweep:
        """Pooled counts at each threshold."""
        return sweep_grid(self.photos.pooled())

    def counts_at(self, threshold: float) -> ConfusionCounts:
        """Pooled counts at one threshold of the grid."""
        return self.each_at(threshold).pooled()

    def each_at(self, threshold: float) -> ConfusionCounts:
        """Counts of each photo at one threshold of the grid, (N,)."""
        return self.photos.counts().at((..., grid_index(threshold)))

    def logits(self) -> LogitHistograms:
        """Pooled histograms of the logits.

        Raises:
            ValueError: If calibration was not wanted.
        """
        if self.calibration is None:
            raise ValueError("logits were not measured")
        return self.calibration.logits.pooled()

    def summarize(
        self, threshold: float, settings: SegmentationEvaluation, prefix: str
    ) -> dict[str, float]:
        """Flat metrics at a threshold of the grid: that which centrelines were measured at."""
        return summarize_masks(
            self.sums, threshold=threshold, tolerance_px=settings.tolerance_px, prefix=prefix
        )


_FAST = (cv2.IMWRITE_PNG_COMPRESSION, 1)

PredictMap: TypeAlias = Callable[[RgbImage], ProbabilityMap]
KeepMap: TypeAlias = Callable[[str, ProbabilityMap], None]


def score_split(
    predict: PredictMap,
    manifest: pd.DataFrame,
    split: Split,
    settings: SegmentationEvaluation,
    *,
    decide: float | Callable[[SplitScores], float],
    keep: KeepMap | None = None,
    temperature: float | None = None,
    in_full: bool = False,
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
        temperature: Also measure the calibration of probabilities, and once more with their logits
            divided by it; None for neither.
        in_full: Measure all that the table is made of; only where the threshold is known.

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
        return score_maps(
            maps, rows, settings, threshold=decide, temperature=temperature, in_full=in_full
        )
    if in_full:
        raise ValueError("the threshold must be known where all is measured")
    return _score_before_deciding(maps, rows, settings, decide, temperature)


def score_maps(
    maps: Iterable[tuple[ProbabilityMap, BinaryMask]],
    rows: pd.DataFrame,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    temperature: float | None = None,
    in_full: bool = False,
) -> SplitScores:
    """Measure probability maps, whoever made them.

    Args:
        maps: Map and truth of each of N ≥ 1 photos, in the order of the rows.
        rows: One a photo: ``image_id``, ``group_id``.
        settings: The tolerance.
        threshold: From which probability on a pixel is crack.
        temperature: Also measure the calibration of probabilities, and once more with their logits
            divided by it; None for neither.
        in_full: Measure all that the table is made of; only where the threshold is known.

    Returns:
        Histograms, centrelines, and what was wanted.

    Raises:
        ShapeError: If a map and its truth differ in size, or there is no photo.
    """
    tolerance_px = settings.tolerance_px
    sums, calibration, units = [], [], []
    for probability, truth in maps:
        if temperature is not None:
            calibration.append(_measure_calibration(probability, truth, temperature))
        predicted, true = MaskGeometry(apply_threshold(probability, threshold)), MaskGeometry(truth)
        if in_full:
            sums.append(measure_masks(probability, predicted, true, tolerance_px=tolerance_px))
            units.append(measure_units(predicted, true, tolerance_px=tolerance_px))
        else:
            near = measure_histograms(probability, truth, tolerance_px=tolerance_px)
            lines = measure_centrelines(predicted, true, tolerance_px=tolerance_px)
            sums.append(MaskSums(near, lines))
    _require_photos(sums)
    return SplitScores(rows, MaskSums.stack(sums), _stack(calibration), tuple(units))


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
    temperature: float | None,
) -> SplitScores:
    tolerance_px = settings.tolerance_px
    photos, calibration = [], []
    with tempfile.TemporaryDirectory(prefix="crack_maps_") as folder:
        files: list[Path] = []
        for probability, truth in maps:
            photos.append(measure_histograms(probability, truth, tolerance_px=tolerance_px))
            if temperature is not None:
                calibration.append(_measure_calibration(probability, truth, temperature))
            files.append(Path(folder) / f"{len(files)}.png")
            _write_levels(files[-1], probability)
        _require_photos(photos)
        near = ProbabilityHistograms.stack(photos)
        scores = SplitScores(rows, MaskSums(near), _stack(calibration))
        index = grid_index(decide(scores))
        lines = [
            measure_centrelines(
                (_read_levels(file) >= index).astype(np.uint8),
                read_mask(Path(path)),
                tolerance_px=tolerance_px,
            )
            for file, path in zip(files, rows["mask_path"], strict=True)
        ]
    return replace(scores, sums=MaskSums(near, CentrelineCounts.stack(lines)))


def _write_levels(file: Path, probability: ProbabilityMap) -> None:
    """Write a map as levels of the grid; as PNG they take a tenth of their pixels."""
    _, content = cv2.imencode(".png", quantize_probabilities(probability), _FAST)
    try:
        file.write_bytes(content.tobytes())
    except OSError as error:
        raise StorageError(
            "Probability maps must wait on disk until the threshold is known.",
            received=f"{error.strerror} at {file.parent}",
            remedy="Free space there, or set TMPDIR to a folder that has room.",
        ) from error


def _read_levels(file: Path) -> NDArray[np.uint8]:
    content = np.frombuffer(file.read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_UNCHANGED), np.uint8)


def _stack(calibration: Sequence[CalibrationSums]) -> CalibrationSums | None:
    return CalibrationSums.stack(calibration) if calibration else None


def _measure_calibration(
    probability: ProbabilityMap, truth: BinaryMask, temperature: float
) -> CalibrationSums:
    band = find_band(truth, probability >= HALF)
    values, crack = probability[band], truth[band]
    return CalibrationSums(
        count_reliability(values, crack),
        count_reliability(apply_temperature(values, temperature), crack),
        count_logits(values, crack),
    )


def _require_photos(photos: Sequence[object]) -> None:
    if not photos:
        raise ManifestError(
            "A model is measured on at least one photo.",
            received="no usable photo in the split",
            remedy="Add photos, or change `splitting` in the ingestion parameters.",
        )


_PAIR = ("image_path", "sha256", "mask_path", "mask_sha256")


def read_pairs(rows: pd.DataFrame, description: str) -> Iterator[tuple[RgbImage, BinaryMask]]:
    """Photos and masks of manifest rows, one after another.

    Args:
        rows: With ``image_path``, ``mask_path`` and their digests.
        description: Of the progress.

    Yields:
        (H, W, 3) uint8 and (H, W) uint8 of {0, 1}.
    """
    files = zip(*(rows[name] for name in _PAIR), strict=True)
    for image_path, sha256, mask_path, mask_sha256 in track(
        files, total=len(rows), description=description, unit="photos"
    ):
        image = read_image(image_path, sha256=sha256)
        yield image, read_mask(Path(mask_path), sha256=mask_sha256)
