"""One score and one reason for each label, from predictions out of fold."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crack_pipeline.errors import ManifestError

_NAMES = {0: "no crack", 1: "crack"}


def score_labels(labels: ArrayLike, probability: ArrayLike) -> pd.DataFrame:
    """Score labels with cleanlab: one minus the probability of the label itself.

    Confident learning decides which of them count as wrong: a label whose photo is predicted as
    the other class with more than that class's usual probability.

    Args:
        labels: (N,) of {0, 1}, both present.
        probability: (N,) crack probabilities in [0, 1].

    Returns:
        Index 0 … N − 1: ``score`` in [0, 1], 1 the worst; ``check``, ``wrong_label`` or empty;
        ``reason``, in words, empty where the prediction agrees.

    Raises:
        ManifestError: If only one class is present.

    Source:
        Northcutt, C., Jiang, L., Chuang, I. (2021), Confident learning: Estimating uncertainty in
        dataset labels, Journal of Artificial Intelligence Research 70,
        https://doi.org/10.1613/jair.1.12125
    """
    # cleanlab takes seconds to import: only what has predictions pays for it.
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    given = np.asarray(labels).astype(np.int64)
    crack = np.asarray(probability, np.float64)
    if np.unique(given).size < 2:
        raise ManifestError(
            "Label scores need photos of both classes.",
            received=f"{given.size} photos with predictions, all of one class",
            remedy="Add photos of the other class.",
        )
    both_classes = np.stack([1.0 - crack, crack], axis=1)
    quality = get_label_quality_scores(given, both_classes, method="self_confidence")
    is_issue = find_label_issues(given, both_classes, n_jobs=1)
    reasons = [
        _explain(label, share) if issue or share_of_label < 0.5 else ""
        for label, share, issue, share_of_label in zip(given, crack, is_issue, quality, strict=True)
    ]
    return pd.DataFrame(
        {
            "score": 1.0 - np.asarray(quality, np.float64),
            "check": pd.array(["wrong_label" if reason else "" for reason in reasons], "string"),
            "reason": pd.array(reasons, dtype="string"),
        }
    )


def _explain(label: int, probability: float) -> str:
    other = 1 - label
    certainty = probability if other == 1 else 1.0 - probability
    return f"labelled {_NAMES[label]}, predicted {_NAMES[other]} ({certainty:.2f})"
