"""F1 at the threshold that suits the truth best, as papers on cracks report it.

Both numbers choose thresholds on the photos that they are read on, so they flatter: a threshold
chosen beforehand reaches less. They are for comparison with papers.
"""

from dataclasses import dataclass

import numpy as np

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.counts import ConfusionCounts
from crack_pipeline.metrics.histograms import THRESHOLDS, ProbabilityHistograms
from crack_pipeline.metrics.rates import RateArray

_GRID = slice(1, 100)


@dataclass(frozen=True, slots=True)
class OptimalScale:
    """The best F1 at one threshold for all photos, and at one for each.

    Attributes:
        ods: Optimal data set scale.
        ods_threshold: The lowest of the thresholds that reach it.
        ois: Optimal image scale.
    """

    ods: float
    ods_threshold: float
    ois: float


def measure_optimal_scale(
    photos: ProbabilityHistograms, *, with_tolerance: bool = False
) -> OptimalScale:
    """ODS and OIS over the 99 thresholds 0.01, 0.02, …, 0.99.

    With P and R for precision and recall at threshold t, of the pixels of all photos or, with i, of
    photo i alone::

        ODS = max over t of 2 P(t) R(t) / (P(t) + R(t))
        OIS = mean over i of the max over t of 2 P_i(t) R_i(t) / (P_i(t) + R_i(t))

    A photo without crack counts as 1 in OIS where some threshold leaves it alone, else as 0.

    Args:
        photos: Histograms of N photos, (N, 101), N ≥ 1.
        with_tolerance: Whether pixels count as right within the tolerance that the histograms were
            measured with.

    Returns:
        Both, and the threshold of ODS.

    Raises:
        ShapeError: If the histograms are not of N ≥ 1 photos.

    Source:
        Yang et al. (2020), Feature pyramid and hierarchical boosting network for pavement crack
        detection, https://doi.org/10.1109/TITS.2019.2910595, section on evaluation. ODS and OIS
        come from Arbeláez et al. (2011), https://doi.org/10.1109/TPAMI.2010.161, whose OIS pools
        the photos' counts instead of averaging their F1.
    """
    _require_photos(photos)
    of_all = _f1(photos.pooled(), with_tolerance=with_tolerance)[_GRID]
    of_each = _f1(photos, with_tolerance=with_tolerance)[:, _GRID]
    best = int(of_all.argmax())
    return OptimalScale(
        ods=float(of_all[best]),
        ods_threshold=round(float(THRESHOLDS[_GRID][best]), 2),
        ois=float(of_each.max(axis=1).mean()),
    )


def summarize_optimal_scale(
    photos: ProbabilityHistograms, *, tolerance_px: int
) -> dict[str, float]:
    """Flat metrics of N photos.

    Args:
        photos: Histograms of shape (N, 101).
        tolerance_px: The tolerance that they were measured with.

    Returns:
        ODS with its threshold and OIS, without and with tolerance.

    Raises:
        ShapeError: If the histograms are not of N ≥ 1 photos.
    """
    plain = measure_optimal_scale(photos)
    tolerant = measure_optimal_scale(photos, with_tolerance=True)
    return {
        "ods": plain.ods,
        "ods_threshold": plain.ods_threshold,
        "ois": plain.ois,
        f"ods_tolerance_{tolerance_px}px": tolerant.ods,
        f"ods_threshold_tolerance_{tolerance_px}px": tolerant.ods_threshold,
        f"ois_tolerance_{tolerance_px}px": tolerant.ois,
    }


def miou_with_background(counts: ConfusionCounts) -> RateArray:
    """Mean of the IoU of crack and the IoU of background; for comparison only.

    Nearly all pixels are background, whose IoU is close to 1 whatever is predicted, so an empty
    prediction reaches almost 0.5. Papers that report "mIoU" of cracks mostly mean this.

    Args:
        counts: Pooled counts, of any shape.

    Returns:
        In the shape of the counts; a class that neither truth nor prediction holds counts as 1.

    Source:
        Long, Shelhamer, Darrell (2015), https://doi.org/10.1109/CVPR.2015.7298965, mean IU.
    """
    background = rates.divide(
        counts.true_negative,
        counts.true_negative + counts.false_positive + counts.false_negative,
        if_empty=1.0,
    )
    return np.asarray((rates.iou(counts) + background) / 2)


def _f1(photos: ProbabilityHistograms, *, with_tolerance: bool) -> RateArray:
    return photos.tolerant_f1() if with_tolerance else rates.f1(photos.counts())


def _require_photos(photos: ProbabilityHistograms) -> None:
    if photos.crack.ndim != 2 or len(photos.crack) == 0:
        raise ShapeError(
            "ODS and OIS need the histograms of at least one photo, one row a photo.",
            received=f"shape {photos.crack.shape}",
            remedy="Pass `ProbabilityHistograms.stack` of a split that holds photos.",
        )
