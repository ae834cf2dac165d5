"""A trivial classifier: logistic regression on percentiles of a photo's grey levels.

Where it comes near a network, the data set asks no more than "is something dark in the photo?";
where a frame along the border is enough, the way photos were taken or cut gives labels away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics.curves import choose_threshold, sweep_scores
from crack_pipeline.types import RgbImage, Split


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


@dataclass(frozen=True, slots=True, eq=False)
class LevelScores:
    """A classifier of grey levels on validation and test.

    Attributes:
        threshold: Best on validation; 0.5 where no validation photo is given.
        validation: (N,) probabilities of crack.
        test: The same of the test photos.
    """

    threshold: float
    validation: NDArray[np.float64]
    test: NDArray[np.float64]


def classify_by_levels(
    features: Mapping[Split, ArrayLike], labels: Mapping[Split, ArrayLike]
) -> LevelScores:
    """Fit on train, choose the threshold on validation, predict test.

    Args:
        features: Split → (N, P) percentiles.
        labels: Split → (N,) of {0, 1}; both are in train.

    Returns:
        The same for the same data.
    """
    # scikit-learn takes a second to import: only what fits pays for it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    classifier.fit(np.asarray(features["train"]), np.asarray(labels["train"]).astype(int))

    def predict(split: Split) -> NDArray[np.float64]:
        seen = np.asarray(features[split])
        return np.asarray(classifier.predict_proba(seen)[:, 1] if len(seen) else [], np.float64)

    validation, truth = predict("validation"), np.asarray(labels["validation"])
    known = len(validation) > 0
    threshold = choose_threshold(sweep_scores(truth, validation)).threshold if known else 0.5
    return LevelScores(threshold, validation, predict("test"))


def measure_border_percentiles(
    image: RgbImage, percentiles: Sequence[float], *, border_px: int
) -> NDArray[np.float64]:
    """Percentiles of the grey levels of a frame.

    Args:
        image: (H, W, 3) uint8.
        percentiles: Which ones, each in [0, 100].
        border_px: Width of the frame, in px.

    Returns:
        One grey level in [0, 1] a percentile; for ``classify_by_levels``.

    Raises:
        ParameterError: If the frame leaves nothing inside it.
    """
    height, width = image.shape[:2]
    if not 0 < 2 * border_px < min(height, width):
        raise ParameterError(
            "A border must be at least 1 px wide and narrower than half of each photo.",
            received=f"border_px={border_px}, photo of {width}×{height} px",
            remedy="Lower `leakage.border_px`.",
        )
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    inside = np.zeros((height, width), bool)
    inside[border_px:-border_px, border_px:-border_px] = True
    return np.asarray(np.percentile(grey[~inside], percentiles), np.float64) / 255.0
