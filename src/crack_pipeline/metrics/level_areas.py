"""Areas under curves of masks from summed histograms, of many draws at once."""

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.metrics.histograms import ProbabilityHistograms
from crack_pipeline.metrics.rates import divide


def list_level_columns(photos: ProbabilityHistograms) -> NDArray[np.float64]:
    """Histograms of photos as columns that a bootstrap adds up.

    Args:
        photos: Histograms of shape (N, 101).

    Returns:
        (N, 202), crack pixels by level and then background pixels by level.
    """
    return np.concatenate([photos.crack, photos.background], axis=-1).astype(np.float64)


def rate_areas(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas under the receiver operating characteristic and the precision–recall curve.

    Args:
        columns: (…, 202), from ``list_level_columns``, added up over photos.

    Returns:
        (…, 2): the first by trapezoids, NaN where a class is absent; the second as the sum of
        steps Σ (R_k − R_(k−1)) · P_k, NaN without crack.
    """
    crack, background = (half[..., ::-1] for half in np.split(columns, 2, axis=-1))
    found, called = np.cumsum(crack, axis=-1), np.cumsum(background, axis=-1)
    n_crack, n_background = found[..., -1], called[..., -1]
    above = found - crack / 2  # a tie of crack and background is half a pair
    pairs = divide((background * above).sum(axis=-1), n_crack * n_background, if_empty=np.nan)
    precision = divide(found, found + called, if_empty=0.0)
    steps = divide((crack * precision).sum(axis=-1), n_crack, if_empty=np.nan)
    return np.stack([pairs, steps], axis=-1)
