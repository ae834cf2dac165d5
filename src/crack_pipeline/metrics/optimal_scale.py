"""F1 at the threshold that suits the truth best, as papers on cracks report it.

Both numbers choose thresholds on the photos that they are read on, so they flatter: a threshold
chosen beforehand reaches less. They are for comparison with papers.
"""

import numpy as np

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.counts import ConfusionCounts
from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.metrics.rates import RateArray

_GRID = slice(1, 100)


def best_f1(photos: ProbabilityHistograms, *, with_tolerance: bool = False) -> RateArray:
    """Highest F1 over the 99 thresholds 0.01, 0.02, …, 0.99.

    Of pooled histograms it is ODS; its mean over photos is OIS. With P and R for precision and
    recall at threshold t, of the pixels of all photos or, with i, of photo i alone::

        ODS = max over t of 2 P(t) R(t) / (P(t) + R(t))
        OIS = mean over i of the max over t of 2 P_i(t) R_i(t) / (P_i(t) + R_i(t))

    A photo without crack counts as 1 in OIS where some threshold leaves it alone, else as 0.

    Args:
        photos: Histograms of shape (…, 101).
        with_tolerance: Whether pixels count as right within the tolerance that the histograms were
            measured with.

    Returns:
        (…) in [0, 1].

    Source:
        Yang et al. (2020), Feature pyramid and hierarchical boosting network for pavement crack
        detection, https://doi.org/10.1109/TITS.2019.2910595, section on evaluation. ODS and OIS
        come from Arbeláez et al. (2011), https://doi.org/10.1109/TPAMI.2010.161, whose OIS pools
        the photos' counts instead of averaging their F1.
    """
    f1 = photos.tolerant_f1() if with_tolerance else rates.f1(photos.counts())
    return np.asarray(f1[..., _GRID].max(axis=-1), np.float64)


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
