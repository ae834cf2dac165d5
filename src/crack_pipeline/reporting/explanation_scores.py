"""Scores of explanation methods, as ``explain`` leaves them."""

from typing import Any

import pandas as pd

_MOST_ROWS = 40


def list_explanation_scores(table: pd.DataFrame) -> list[dict[str, Any]]:
    """List the methods with their scores.

    Args:
        table: A row per method.

    Returns:
        The first forty rows; None where a method has no such score.

    >>> list_explanation_scores(pd.DataFrame({"method": ["saliency"], "energy_inside": [0.4]}))
    [{'method': 'saliency', 'energy_inside': 0.4}]
    """
    rows = table.head(_MOST_ROWS).astype(object)
    return [
        {str(name): value for name, value in row.items()}
        for row in rows.where(rows.notna(), None).to_dict("records")
    ]
