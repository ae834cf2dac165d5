"""Which of two runs is better, in words and as a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.comparing.differences import Difference
from crack_pipeline.comparing.evaluated_run import EvaluatedRun
from crack_pipeline.comparing.shared_photos import SharedPhotos

FIRST, SECOND, NEITHER = "a", "b", "neither"
_LABEL_WIDTH = 28


def report_comparison(
    runs: tuple[EvaluatedRun, EvaluatedRun],
    photos: SharedPhotos,
    differences: Sequence[Difference],
    *,
    resamples: int,
) -> dict[str, Any]:
    """Put a comparison together.

    Args:
        runs: The two runs; in words they are a and b.
        photos: What they were compared on.
        differences: From ``measure_differences``, the most telling first.
        resamples: Draws of the bootstrap.

    Returns:
        JSON-ready: ``sentence``, ``task``, ``runs``, numbers of photos and groups,
        ``differences``, one a metric with ``better`` ("a", "b" or "neither"), ``clear`` (the
        interval leaves out 0), ``sure`` (the share of draws in which the better one is better) and
        ``words``, and ``notes``.
    """
    return {
        "sentence": summarize_differences(differences),
        "task": runs[0].task,
        "runs": {FIRST: runs[0].describe(), SECOND: runs[1].describe()},
        "photos": len(photos.first),
        "groups": int(photos.groups.nunique()),
        "photos_left_out": {FIRST: photos.left_out[0], SECOND: photos.left_out[1]},
        "resamples": resamples,
        "differences": [_describe(one) for one in differences],
        "notes": _list_notes(runs, photos, differences),
    }


def summarize_differences(differences: Sequence[Difference]) -> str:
    """Say in one sentence which run is better.

    Args:
        differences: The most telling metric first.

    Returns:
        Its difference in words, and how the other metrics see it.
    """
    main = differences[0]
    text = f"By {main.label}, {tell_difference(main)}."
    others = differences[1:]
    if not others:
        return text
    clear = {
        side: [one.label for one in others if one.is_clear and _better_of(one) == side]
        for side in (FIRST, SECOND)
    }
    parts = [
        f"{side} is clearly better in {len(labels)}" for side, labels in clear.items() if labels
    ]
    n_open = len(others) - sum(map(len, clear.values()))
    if n_open:
        parts.append(f"they cannot be told apart in {n_open}")
    return f"{text} Of {len(others)} other metrics, {', '.join(parts)}."


def tell_difference(one: Difference) -> str:
    """Say which run is better by one metric, by how much, and how sure that is.

    Args:
        one: The difference.

    Returns:
        Words without a full stop.
    """
    found, side = one.found, _better_of(one)
    values = f"{_number(found.first)} against {_number(found.second)}"
    if not np.isfinite(one.gain):
        return "nothing can be said: it is undefined for these photos"
    if side == NEITHER:
        return f"a and b are equal, {values}"
    by_how_much = f"by {abs(one.gain):.4f} ({values})"
    low, high, sure = found.difference.low, found.difference.high, _sureness(one)
    if low is None or high is None or sure is None:
        return f"{side} is ahead {by_how_much}, without interval: {found.difference.note}"
    spread = (
        f"95 % interval of a less b {low:+.4f} to {high:+.4f}, {side} ahead in {_share(sure)} of "
        "the draws"
    )
    if one.is_clear:
        return f"{side} is better {by_how_much}; {spread}"
    return f"{side} is ahead {by_how_much}, but this may be chance; {spread}"


def tabulate_differences(differences: Sequence[Difference]) -> pd.DataFrame:
    """One row a metric.

    Args:
        differences: Of two runs.

    Returns:
        ``name, label, a, b, difference, low, high, better, clear, sure``.
    """
    table = pd.DataFrame([_describe(one) for one in differences])
    return table.drop(columns=["lower_is_better", "words", "note"])


def format_differences(differences: Sequence[Difference]) -> str:
    """Lay the differences out on one screen.

    Args:
        differences: Of two runs.

    Returns:
        A heading, then one line a metric.
    """
    lines = [f"{'':<{_LABEL_WIDTH}}{'a':>9}{'b':>9}{'a less b':>10}   {'95 % interval':<20} better"]
    for one in differences:
        row = _describe(one)
        bounds = "" if row["low"] is None else f"{row['low']:+.4f} to {row['high']:+.4f}"
        sure = "" if row["sure"] is None else f" in {_share(row['sure'])} of the draws"
        verdict = f"{row['better']}{sure}{'' if row['clear'] else ', may be chance'}"
        difference = "–" if row["difference"] is None else f"{row['difference']:+.4f}"
        lines.append(
            f"{one.label:<{_LABEL_WIDTH}}{_number(row['a']):>9}{_number(row['b']):>9}"
            f"{difference:>10}   {bounds:<20} {verdict}"
        )
    return "\n".join(lines)


def _describe(one: Difference) -> dict[str, Any]:
    found = one.found
    return {
        "name": one.name,
        "label": one.label,
        "a": _known(found.first),
        "b": _known(found.second),
        "difference": _known(found.difference.value),
        "low": found.difference.low,
        "high": found.difference.high,
        "lower_is_better": one.lower_is_better,
        "better": _better_of(one),
        "clear": one.is_clear,
        "sure": _sureness(one),
        "words": tell_difference(one),
        "note": found.difference.note,
    }


def _better_of(one: Difference) -> str:
    if not np.isfinite(one.gain) or one.gain == 0:
        return NEITHER
    return FIRST if one.gain > 0 else SECOND


def _sureness(one: Difference) -> float | None:
    share, side = one.found.first_better, _better_of(one)
    if share is None or side == NEITHER:
        return None
    return share if side == FIRST else 1.0 - share


def _list_notes(
    runs: tuple[EvaluatedRun, EvaluatedRun], photos: SharedPhotos, differences: Sequence[Difference]
) -> list[str]:
    first, second = runs
    digests = {first.manifest_digest, second.manifest_digest}
    notes = {
        "The manifests differ: what is in test of one run may have been in train of the other.": (
            len(digests) > 1
        ),
        f"Only the {len(photos.first)} photos that both runs were measured on are compared.": any(
            photos.left_out
        ),
        "F1 with tolerance is left out, since both runs must count with one tolerance: "
        f"{_pixels(first.tolerance_px)} and {_pixels(second.tolerance_px)}.": (
            first.task == "segmentation"
            and (first.tolerance_px is None or first.tolerance_px != second.tolerance_px)
        ),
    }
    limits = dict.fromkeys(
        f"{one.label}: {one.found.difference.note}."
        for one in differences
        if one.found.difference.note
    )
    return [*(note for note, holds in notes.items() if holds), *limits]


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.4f}"


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _pixels(tolerance_px: int | None) -> str:
    return "unknown" if tolerance_px is None else f"{tolerance_px} px"
