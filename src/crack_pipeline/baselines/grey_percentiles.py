"""A trivial classifier: logistic regression on a few percentiles of a photo's grey levels.

Where it comes near a network, the data set asks no more than "is something dark in the photo?".
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.types import RgbImage


def measure_percentiles(image: RgbImage, percentiles: Sequence[float]) -> NDArray[np.float64]:
    """Percentiles of a photo's grey levels.

    Args:
        image: (H, W, 3) uint8.
        percentiles: Which ones, each in [0, 100].

    Returns:
        One grey level in [0, 1] a percentile.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(np.percentile(grey, percentiles), np.float64) / 255.0


def fit_percentile_classifier(features: ArrayLike, labels: ArrayLike) -> Any:
    """Fit the logistic regression on standardised percentiles.

    Args:
        features: (N, P) percentiles of train photos.
        labels: (N,) of {0, 1}, both present.

    Returns:
        A fitted scikit-learn pipeline, the same for the same data.
    """
    # scikit-learn takes a second to import: only what fits pays for it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return classifier.fit(np.asarray(features), np.asarray(labels).astype(int))


def predict_percentile_classifier(classifier: Any, features: ArrayLike) -> NDArray[np.float64]:
    """Probability of a crack for each photo.

    Args:
        classifier: From ``fit_percentile_classifier``.
        features: (N, P) percentiles.

    Returns:
        (N,) probabilities in [0, 1].
    """
    return np.asarray(classifier.predict_proba(np.asarray(features))[:, 1], np.float64)
