"""What is known of a split after its photos were predicted and measured."""

from dataclasses import dataclass

import pandas as pd

from crack_pipeline.metrics.calibration import LogitHistograms, ReliabilityCounts
from crack_pipeline.metrics.curves import ThresholdSweep, sweep_grid
from crack_pipeline.metrics.detection import CrackUnits
from crack_pipeline.metrics.histograms import ProbabilityHistograms, grid_index
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.metrics.structure import CentrelineCounts, summarize_centrelines
from crack_pipeline.metrics.summaries import prefix_names, summarize_pixels
from crack_pipeline.tasks.mask_sums import LineMeasures, MaskSums, gather_sums
from crack_pipeline.tasks.settings import SegmentationEvaluation

HALF = 0.5
"""The threshold that is shown beside the chosen one."""


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


NOTHING_MORE = Wanted()
"""Histograms and centrelines alone."""


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
            half=grid_index(HALF),
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
