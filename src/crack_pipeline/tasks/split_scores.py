"""Sums of a split after its photos were predicted and measured."""

from dataclasses import dataclass

import pandas as pd

from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.calibration import LogitHistograms, ReliabilityCounts
from crack_pipeline.metrics.curves import ThresholdSweep, sweep_grid
from crack_pipeline.metrics.detection import CrackUnits
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index
from crack_pipeline.metrics.masks import MaskSums, summarize_masks
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.tasks.settings import SegmentationEvaluation


@dataclass(frozen=True, slots=True)
class Wanted:
    """Measurements beyond histograms and centrelines.

    Attributes:
        calibration: Sums for the reliability of probabilities, and histograms of logits.
        temperature: What the logits are divided by in the second of the two reliabilities.
        in_full: All that the table is made of; only where the threshold is known.
    """

    calibration: bool = False
    temperature: float = 1.0
    in_full: bool = False


NOTHING_MORE = Wanted()
"""Histograms and centrelines alone."""


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
