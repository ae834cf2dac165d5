"""Model beside baseline as one screen of text."""

from collections.abc import Mapping, Sequence
from typing import Any

_LEAST_LABEL_WIDTH = 34
_LEAST_COLUMN_WIDTH = 12
_LENGTHS_FROM = 10
"""Shares lie below, lengths in px above: of these three digits say enough."""


def format_comparison(
    metrics: Mapping[str, float],
    rows: Sequence[tuple[str, str]],
    *,
    split: str,
    model: str,
    baseline: str,
    beside: tuple[str, Mapping[str, float]] | None = None,
) -> str:
    """Lay out metrics of the model and of the baseline.

    Args:
        metrics: ``<split>_<metric>`` and ``<split>_baseline_<metric>`` → number.
        rows: Names of metrics without the split, each with what the table calls it.
        split: The split shown.
        model: What the table calls the model.
        baseline: What the table calls the baseline.
        beside: One more column: what it is called, and metric without the split → number.

    Returns:
        Lines of text: a heading, then one a metric that the model has; "–" where the baseline has
        none.
    """
    heading, others = beside or ("", {})
    lines = [(f"{split} photos", model, baseline, heading)]
    for name, label in rows:
        value = metrics.get(f"{split}_{name}")
        if value is not None:
            other = metrics.get(f"{split}_baseline_{name}")
            known = _format_number(others[name]) if name in others else ""
            lines.append((label, _format_number(value), _format_number(other), known))
    label_width = max(_LEAST_LABEL_WIDTH, *(len(line[0]) + 2 for line in lines))
    widths = [max(_LEAST_COLUMN_WIDTH, len(name) + 2) for name in (model, baseline, heading)]
    return "\n".join(
        f"{label:<{label_width}}{first:>{widths[0]}}{second:>{widths[1]}}"
        f"{third:>{widths[2]}}".rstrip()
        for label, first, second, third in lines
    )


def format_headline(headline: Sequence[Mapping[str, Any]]) -> str:
    """Lay out headline metrics with their intervals.

    Args:
        headline: Entries of the report.

    Returns:
        Lines of text: one a metric, with its 95 % interval where there is one, then the notes.
    """
    width = max((len(row["label"]) for row in headline), default=0) + 2
    lines = [
        f"{row['label']:<{width}}{_format_number(row['value']):>10}{_format_bounds(row)}"
        for row in headline
    ]
    notes = dict.fromkeys(row["note"] for row in headline if row.get("note"))
    return "\n".join([*lines, *(f"mind: {note}" for note in notes)])


def _format_bounds(row: Mapping[str, Any]) -> str:
    if row["high"] is None:
        return ""
    if row["low"] is None:
        return f"   95 %: up to {_format_number(row['high'])}"
    return f"   95 %: {_format_number(row['low'])} to {_format_number(row['high'])}"


def _format_number(value: float | None) -> str:
    if value is None:
        return "–"
    if abs(value) < _LENGTHS_FROM:
        return f"{value:.4f}"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
