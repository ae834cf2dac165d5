"""The report of explanations, ready for JSON."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crack_pipeline.explain.explaining import ExplainedPhoto
from crack_pipeline.explain.layers import FeatureLayer

_NOT_SCORES = ("image_id", "method", "is_scored")


def report_explanations(
    explained: Sequence[ExplainedPhoto],
    rows: Sequence[Mapping[str, Any]],
    table: pd.DataFrame,
    *,
    layer: FeatureLayer | None,
    left_out: Sequence[str],
) -> dict[str, Any]:
    """Gather what is known of the explanations.

    Args:
        explained: The photos.
        rows: Their scores, from ``score_photo``.
        table: From ``tabulate_scores``.
        layer: Whose maps Grad-CAM weighted; None where it was not asked for.
        left_out: Sentences on scores that are missing, and on maps without heat.

    Returns:
        ``layer``, ``left_out``, ``methods`` (the table) and ``photos``; None in place of NaN.
    """
    return {
        "layer": None if layer is None else {"name": layer.name, "shape": list(layer.shape)},
        "left_out": list(left_out),
        "methods": [_without_nan(row) for row in table.to_dict("records")],
        "photos": [_report_photo(photo, rows) for photo in explained],
    }


def _report_photo(photo: ExplainedPhoto, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    own = [row for row in rows if row["image_id"] == photo.chosen.image_id]
    return {
        "image_id": photo.chosen.image_id,
        "kind": photo.chosen.kind,
        "is_scored": photo.chosen.is_scored,
        "explained": photo.target,
        "probability": photo.probability,
        "made_with": {name: heat.facts for name, heat in photo.heats.items() if heat.facts},
        "scores": {
            str(row["method"]): _without_nan(
                {key: value for key, value in row.items() if key not in _NOT_SCORES}
            )
            for row in own
        },
    }


def _without_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(key): None if isinstance(value, float) and math.isnan(value) else value
        for key, value in row.items()
    }
