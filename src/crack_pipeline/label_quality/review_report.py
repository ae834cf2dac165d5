"""What a review counted, ready for JSON and for the log."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from crack_pipeline.label_quality.findings import Findings
from crack_pipeline.label_quality.pair_features import FEATURE_NAMES

Report: TypeAlias = dict[str, Any]

DOUBTFUL = 0.5
"""A score that three robust standard deviations give."""

_MOST_PRINTED = 10
_LEAST_LINE_PX = 4.0


def compare_widths(features: pd.DataFrame) -> list[dict[str, Any]]:
    """Width of masks against the width of the dark lines under them.

    Args:
        features: ``source``, ``split``, ``mask_width_px`` and ``line_width_px``, one row a photo.

    Returns:
        One entry a source and split: number of photos in which both were measured, mean and
        median of the photos' median widths, and the medians of their ratio and difference over the
        photos whose lines are at least 4 px wide (None where there are none): thinner ones look
        wider than they are, by the blur of lens and compression.
    """
    measured = features.dropna(subset=["mask_width_px", "line_width_px"])
    entries = []
    for (source, split), photos in measured.groupby(["source", "split"], sort=True):
        mask_px, line_px = photos["mask_width_px"], photos["line_width_px"]
        sharp = line_px >= _LEAST_LINE_PX
        entries.append(
            {
                "source": source,
                "split": split,
                "photos": len(photos),
                "mask_width_px_mean": round(float(mask_px.mean()), 2),
                "line_width_px_mean": round(float(line_px.mean()), 2),
                "mask_width_px_median": round(float(mask_px.median()), 2),
                "line_width_px_median": round(float(line_px.median()), 2),
                "photos_compared": int(sharp.sum()),
                "ratio_median": _median((mask_px / line_px)[sharp]),
                "difference_px_median": _median((mask_px - line_px)[sharp]),
            }
        )
    return entries


def report_review(
    ranked: pd.DataFrame, features: pd.DataFrame, findings: Mapping[str, Findings], *, worst: int
) -> Report:
    """Count findings and list the worst photos with their measurements.

    Args:
        ranked: From ``rank_photos``.
        features: From ``measure_pairs``; may be empty.
        findings: What was scored, by name.
        worst: How many photos to list.

    Returns:
        The report, ready for JSON.
    """
    doubtful = ranked[ranked["score"] >= DOUBTFUL]
    measured = features.set_index("image_id")[list(FEATURE_NAMES)]
    listed = ranked.head(worst).drop(columns="map_path").join(measured, on="image_id")
    return {
        "photos": len(ranked),
        "scored": {name: len(part.scores) for name, part in findings.items()},
        "notes": [note for part in findings.values() for note in part.notes],
        "doubtful": len(doubtful),
        "doubtful_by_check": {
            str(check): int(count) for check, count in doubtful["check"].value_counts().items()
        },
        "mask_widths": compare_widths(features),
        "worst": [_without_nan(row) for row in listed.to_dict("records")],
    }


def format_review(report: Report) -> str:
    """Show a report on one screen.

    Args:
        report: From ``report_review``.

    Returns:
        Several lines.
    """
    scored = ", ".join(f"{count} by {name}" for name, count in report["scored"].items() if count)
    lines = [
        f"Reviewed {report['photos']} photos ({scored}); {report['doubtful']} score 0.5 or more"
    ]
    lines += [
        f"  {count:5d} × {check.replace('_', ' ')}"
        for check, count in report["doubtful_by_check"].items()
    ]
    for entry in report["mask_widths"]:
        lines.append(
            f"  widths, {entry['source']} {entry['split']}: masks {entry['mask_width_px_mean']} px,"
            f" dark lines {entry['line_width_px_mean']} px, ratio {entry['ratio_median'] or '?'}"
        )
    lines += [
        f"  {row['rank']:3d}. {row['image_id']}  {row['score']:.2f}  {row['reason']}"
        for row in report["worst"][:_MOST_PRINTED]
    ]
    return "\n".join(lines)


def _median(values: pd.Series) -> float | None:
    return round(float(values.median()), 3) if len(values) else None


def _without_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else _rounded(value) for name, value in row.items()}


def _rounded(value: Any) -> Any:
    return round(float(value), 4) if isinstance(value, float | np.floating) else value
