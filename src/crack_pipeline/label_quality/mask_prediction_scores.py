"""One score and one reason for each mask, from predictions out of fold."""

import numpy as np
import pandas as pd

from crack_pipeline.label_quality.robust_ranking import Check, measure_excess, to_score

CHECKS = (
    Check("missed", least_scale=0.02),
    Check("unseen", least_scale=0.02),
    Check("contradicted", least_scale=0.02),
)
"""What is looked for. Scales: shares of the crack, and cleanlab's score."""


def score_mask_predictions(features: pd.DataFrame) -> pd.DataFrame:
    """Score every mask of a data set against the others.

    Args:
        features: One row a photo, columns of ``PredictionFeatures``.

    Returns:
        The same index: ``score`` in [0, 1), 1 the worst; ``check``, the name of what weighs most,
        empty where nothing does; ``reason``, in words.
    """
    values = (features["missed_share"], features["unseen_share"], 1.0 - features["cleanlab"])
    excess = [measure_excess(value, check) for check, value in zip(CHECKS, values, strict=True)]
    total = np.sum(excess, axis=0)
    # A piece of crack tells more than a number for the whole photo, which it also lowers.
    specific = np.stack(excess[:2])
    names = np.array([check.name for check in CHECKS])
    heaviest = np.where(specific.any(axis=0), names[specific.argmax(axis=0)], names[2])
    checks = np.where(total > 0, heaviest, "")
    reasons = [
        _explain(check, row) for check, (_, row) in zip(checks, features.iterrows(), strict=True)
    ]
    return pd.DataFrame(
        {
            "score": to_score(total),
            "check": pd.array(checks, dtype="string"),
            "reason": pd.array(reasons, dtype="string"),
        },
        index=features.index,
    )


def _explain(check: str, row: "pd.Series[float]") -> str:
    if check == "missed":
        return f"predicted crack is not masked, in one piece {row['missed_share']:.0%} of the crack"
    if check == "unseen":
        return f"masked crack is not predicted, in one piece {row['unseen_share']:.0%} of the crack"
    if check == "contradicted":
        return f"mask and prediction disagree (Dice {row['overlap']:.2f})"
    return ""
