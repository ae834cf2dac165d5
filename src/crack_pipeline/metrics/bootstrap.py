"""Intervals of any metric that is a function of sums over photos, with source photos as groups.

Photos of one place are drawn together or not at all: never pixels, never overlapping crops. Each
photo brings K columns of numbers that may be added up (counts, or its Dice beside a 1), a draw is a
weighted sum of them, and a metric is made of the sums.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError, ShapeError

LEVEL = 0.95
_DRAWS_AT_ONCE = 50
_FEW_GROUPS = 10

Sums: TypeAlias = NDArray[np.float64]
"""(…, K) sums over photos of K additive columns."""

Rate: TypeAlias = Callable[[Sums], NDArray[np.float64]]
"""Makes (D, M) metrics of (D, K) sums; NaN where a metric is undefined."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric and what drawing the groups anew makes of it.

    Attributes:
        value: Read on all photos; NaN where it is undefined.
        low: 2.5th percentile of the draws; None where nothing can be drawn.
        high: 97.5th percentile; None with ``low``.
        note: Empty, or what limits the interval.
    """

    value: float
    low: float | None
    high: float | None
    note: str = ""


def encode_groups(groups: ArrayLike, n_photos: int) -> tuple[NDArray[np.intp], int]:
    """Number the groups in the order of their names.

    Args:
        groups: (N,) names.
        n_photos: N as the values have it.

    Returns:
        (N,) number of each photo's group, and how many groups there are.

    Raises:
        ShapeError: If there is not one group for each of one or more photos.
    """
    names = np.asarray(groups)
    if names.shape != (n_photos,) or n_photos == 0:
        raise ShapeError(
            "A bootstrap needs at least one photo, and `groups` one name a photo.",
            received=f"{n_photos} photos, groups of shape {names.shape}",
            remedy="Pass the `group_id` of the photos that the values come from, in their order.",
        )
    distinct, codes = np.unique(names.astype(str), return_inverse=True)
    return codes, len(distinct)


def draw_weights(n_groups: int, *, resamples: int, seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """Draw groups with replacement, a batch of draws at a time.

    Args:
        n_groups: G.
        resamples: How often G groups are drawn.
        seed: Of the draws; the same seed and G give the same draws.

    Yields:
        (D, G) how often each draw holds each group, D ≤ 50.

    Raises:
        ParameterError: If there is nothing to draw.

    Source:
        Field, C. A., Welsh, A. H. (2007), Bootstrapping clustered data,
        https://doi.org/10.1111/j.1467-9868.2007.00593.x (the cluster bootstrap).
    """
    if resamples < 1 or n_groups < 1:
        raise ParameterError(
            "A bootstrap needs `resamples` of at least 1 and at least one group.",
            received=f"{resamples} resamples of {n_groups} groups",
            remedy="Set `resamples` to 1000, and pass a split that holds photos.",
        )
    rng = np.random.default_rng(seed)
    even = np.full(n_groups, 1.0 / n_groups)
    for start in range(0, resamples, _DRAWS_AT_ONCE):
        size = min(_DRAWS_AT_ONCE, resamples - start)
        yield rng.multinomial(n_groups, even, size=size).astype(np.float64)


def resample_sums(values: ArrayLike, groups: ArrayLike, *, resamples: int, seed: int = 0) -> Sums:
    """Sums over the photos of each draw.

    Args:
        values: (N, K) additive numbers of each photo.
        groups: (N,) group of each photo.
        resamples: R, how often the groups are drawn.
        seed: Of the draws; the same seed and groups give the same draws, whatever the values.

    Returns:
        (R, K).

    Raises:
        ShapeError: If the values have not two axes, or the groups are not one a photo.
        ParameterError: If a value is not finite, or ``resamples`` is below 1.
    """
    table = require_table(values)
    codes, n_groups = encode_groups(groups, len(table))
    by_group = np.zeros((n_groups, table.shape[1]))
    np.add.at(by_group, codes, table)
    weights = draw_weights(n_groups, resamples=resamples, seed=seed)
    return np.concatenate([drawn @ by_group for drawn in weights])


def interval_of(
    values: ArrayLike, groups: ArrayLike, rate: Rate, *, resamples: int, seed: int = 0
) -> list[Interval]:
    """Metrics of all photos with their intervals.

    Args:
        values: (N, K) additive numbers of each photo.
        groups: (N,) group of each photo.
        rate: Turns (D, K) sums into (D, M) metrics.
        resamples: How often the groups are drawn.
        seed: Of the draws.

    Returns:
        M intervals; without bounds, and with a note, where all photos are one group or no draw
        defines the metric. Draws that leave a metric undefined are left out of its interval.

    Raises:
        ShapeError: As ``resample_sums``.
        ParameterError: As ``resample_sums``.
    """
    table = require_table(values)
    _, n_groups = encode_groups(groups, len(table))
    drawn = rate(resample_sums(table, groups, resamples=resamples, seed=seed))
    return bound_values(rate(table.sum(axis=0, keepdims=True))[0], drawn, n_groups)


def bound_values(
    values: NDArray[np.float64], drawn: NDArray[np.float64], n_groups: int
) -> list[Interval]:
    """Put bounds on metrics by their draws.

    Args:
        values: (M,) metrics of all photos.
        drawn: (R, M) the same of each draw; NaN where undefined.
        n_groups: How many groups were drawn from.

    Returns:
        M intervals, as ``interval_of`` describes them.
    """
    return [_bound(float(value), drawn[:, place], n_groups) for place, value in enumerate(values)]


def _bound(value: float, drawn: NDArray[np.float64], n_groups: int) -> Interval:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Interval(value, None, None, "undefined on these photos")
    if n_groups < 2:
        return Interval(value, None, None, "all photos are one group, so nothing can be drawn")
    if known.size == 0:
        return Interval(value, None, None, "undefined in every draw")
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(bound) for bound in np.percentile(known, [tail, 100 - tail]))
    notes = {
        f"{n_groups} groups are few: the interval is likely too narrow": n_groups < _FEW_GROUPS,
        "every draw gives the same value": known.min() == known.max(),
        f"undefined in {drawn.size - known.size} of {drawn.size} draws": known.size < drawn.size,
    }
    return Interval(value, low, high, "; ".join(note for note, holds in notes.items() if holds))


def require_table(values: ArrayLike) -> NDArray[np.float64]:
    """Check that values are a table that can be added up.

    Args:
        values: (N, K) additive numbers of each photo.

    Returns:
        The table in float64.

    Raises:
        ShapeError: If there are not two axes.
        ParameterError: If a value is not finite.
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2:
        raise ShapeError(
            "`values` must be a table, one row a photo.",
            received=f"shape {table.shape}",
            remedy="Pass (N, K) numbers; values[:, None] for a single column.",
        )
    if not np.isfinite(table).all():
        raise ParameterError(
            "`values` must be finite, since they are added up.",
            received=f"{np.count_nonzero(~np.isfinite(table))} values that are not",
            remedy="Leave a photo out by zeros in all its columns.",
        )
    return table


@dataclass(frozen=True, slots=True)
class PairedInterval:
    """Difference of two models on the same photos, in the same draws.

    Attributes:
        first: The first model's value.
        second: The second model's value.
        difference: First less second, on all photos, with its interval.
        first_better: Share of the draws in which the first is better, a tie being half a draw;
            None where nothing can be drawn.
    """

    first: float
    second: float
    difference: Interval
    first_better: float | None


def paired_interval(
    first: ArrayLike,
    second: ArrayLike,
    groups: ArrayLike,
    rate: Rate,
    *,
    resamples: int,
    seed: int = 0,
    lower_is_better: Sequence[bool] | None = None,
) -> list[PairedInterval]:
    """Differences of two models on the same photos, the groups drawn jointly.

    Args:
        first: (N, K) additive numbers of each photo for the first model.
        second: The same for the model that is subtracted.
        groups: (N,) group of each photo.
        rate: Turns (D, K) sums into (D, M) metrics.
        resamples: How often the groups are drawn.
        seed: Of the draws.
        lower_is_better: M, whether the lower value is the better one; None for nowhere.

    Returns:
        M differences.

    Raises:
        ShapeError: If the tables differ in shape, or as ``resample_sums``.
        ParameterError: As ``resample_sums``.
    """
    tables = [require_table(values) for values in (first, second)]
    if tables[0].shape != tables[1].shape:
        raise ShapeError(
            "A paired comparison needs the same photos and columns of both models.",
            received=f"{tables[0].shape} and {tables[1].shape}",
            remedy="Keep the photos that both runs were measured on, in one order.",
        )
    _, n_groups = encode_groups(groups, len(tables[0]))
    values = [rate(table.sum(axis=0, keepdims=True))[0] for table in tables]
    drawn = [rate(resample_sums(one, groups, resamples=resamples, seed=seed)) for one in tables]
    return pair_values(
        (values[0], values[1]), (drawn[0], drawn[1]), n_groups, lower_is_better=lower_is_better
    )


def pair_values(
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    drawn: tuple[NDArray[np.float64], NDArray[np.float64]],
    n_groups: int,
    *,
    lower_is_better: Sequence[bool] | None = None,
) -> list[PairedInterval]:
    """Put bounds on the differences of two models by their joint draws.

    Args:
        values: (M,) metrics of all photos, of the first and the second model.
        drawn: (R, M) the same of each draw; draw r of both models holds the same groups.
        n_groups: How many groups were drawn from.
        lower_is_better: M, whether the lower value is the better one; None for nowhere.

    Returns:
        M differences.
    """
    gaps = drawn[0] - drawn[1]
    bounds = bound_values(values[0] - values[1], gaps, n_groups)
    flags = [False] * len(bounds) if lower_is_better is None else lower_is_better
    return [
        PairedInterval(
            float(one),
            float(other),
            bound,
            None if bound.low is None else _share_above_zero(-gap if flag else gap),
        )
        for one, other, bound, gap, flag in zip(*values, bounds, gaps.T, flags, strict=True)
    ]


def _share_above_zero(gap: NDArray[np.float64]) -> float:
    known = gap[np.isfinite(gap)]
    return float(np.mean((known > 0) + 0.5 * (known == 0)))
