"""Bootstrap intervals of any metric, with source photos as groups.

Photos of one place are drawn together or not at all: never pixels, never overlapping crops. A
statistic says what M metrics are where each group counts as often as a draw holds it. Most metrics
are functions of sums: each photo brings K columns of numbers that may be added up (counts, or its
Dice beside a 1), a draw is a weighted sum of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import ConfusionCounts, f1
from crack_pipeline.wording.numbers import format_number

LEVEL = 0.95
_DRAWS_AT_ONCE = 50
_FEW_GROUPS = 10
_COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")

Photos = TypeVar("Photos", bound=Additive)

Sums: TypeAlias = NDArray[np.float64]
"""(…, K) sums over photos of K additive columns."""

Rate: TypeAlias = Callable[[Sums], NDArray[np.float64]]
"""Makes (D, M) metrics of (D, K) sums; NaN where a metric is undefined."""

Statistic: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Makes (D, M) metrics of (D, G) weights: how often each draw holds each group."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric and its 95 % percentile interval over resamples of the groups.

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


def interval_of(
    values: ArrayLike, groups: ArrayLike, rate: Rate, *, resamples: int
) -> list[Interval]:
    """Metrics of all photos with their intervals.

    Args:
        values: (N, K) additive numbers of each photo.
        groups: (N,) group of each photo.
        rate: Turns (D, K) sums into (D, M) metrics.
        resamples: How often the groups are drawn; the same groups give the same draws.

    Returns:
        M intervals; without bounds, and with a note, where all photos are one group or no draw
        defines the metric. Draws that leave a metric undefined are left out of its interval.

    Raises:
        ShapeError: If the values have not two axes, or the groups are not one a photo.
        ParameterError: If a value is not finite, or ``resamples`` is below 1.

    >>> dice = np.array([[0.8, 1], [0.6, 1], [0.7, 1]])
    >>> mean = lambda sums: sums[:, :1] / sums[:, 1:]
    >>> round(interval_of(dice, ["a", "a", "b"], mean, resamples=10)[0].value, 6)
    0.7
    """
    statistic, n_groups = _sum_groups(values, groups, rate)
    return bound(statistic, n_groups, resamples=resamples)


def sum_intervals(
    photos: Photos,
    groups: ArrayLike,
    rate: Callable[[Photos], Mapping[str, NDArray[np.float64]]],
    *,
    resamples: int,
) -> dict[str, Interval]:
    """Metrics of sums, by name, with their intervals.

    Args:
        photos: Sums of N photos, (N, …).
        groups: (N,) group of each photo.
        rate: Turns sums of D draws, (D, …), into metrics by name, each (D,).
        resamples: How often the groups are drawn.

    Returns:
        Name → interval, as ``interval_of`` describes it.

    Raises:
        ShapeError: If the groups are not one a photo.
        ParameterError: If a sum is not finite, or ``resamples`` is below 1.
    """

    def rate_columns(columns: Sums) -> NDArray[np.float64]:
        return np.stack(list(rate(photos.from_columns(columns)).values()), axis=-1)

    found = interval_of(photos.columns(), groups, rate_columns, resamples=resamples)
    return dict(zip(rate(photos.pooled()), found, strict=True))


def paired_interval(
    first: ArrayLike,
    second: ArrayLike,
    groups: ArrayLike,
    rate: Rate,
    *,
    resamples: int,
    lower_is_better: Sequence[bool] | None = None,
) -> list[PairedInterval]:
    """Differences of two models on the same photos, the groups drawn jointly.

    Args:
        first: (N, K) additive numbers of each photo for the first model.
        second: The same for the model that is subtracted.
        groups: (N,) group of each photo.
        rate: Turns (D, K) sums into (D, M) metrics.
        resamples: How often the groups are drawn.
        lower_is_better: M, whether the lower value is the better one; None for nowhere.

    Returns:
        M differences.

    Raises:
        ShapeError: If the tables differ in shape, or as ``interval_of``.
        ParameterError: As ``interval_of``.
    """
    if np.shape(first) != np.shape(second):
        raise ShapeError(
            "A paired comparison needs the same photos and columns of both models.",
            received=f"{np.shape(first)} and {np.shape(second)}",
            remedy="Keep the photos that both runs were measured on, in one order.",
        )
    statistics = [_sum_groups(values, groups, rate) for values in (first, second)]
    return bound_difference(
        statistics[0][0],
        statistics[1][0],
        statistics[0][1],
        resamples=resamples,
        lower_is_better=lower_is_better,
    )


def bootstrap_f1(photos: pd.DataFrame, *, resamples: int) -> Interval:
    """Pooled F1 of photos, some of which may come several times.

    Args:
        photos: One row a photo: ``group_id`` and the four counts.
        resamples: How often the groups are drawn.

    Returns:
        The interval, without bounds where all photos are one group.
    """
    counts, groups = photos[list(_COUNTS)], photos["group_id"]
    return interval_of(counts, groups, rate_f1, resamples=resamples)[0]


def bootstrap_difference(first: pd.DataFrame, second: pd.DataFrame, *, resamples: int) -> Interval:
    """Difference of the pooled F1 of two sets of photos, the groups of both drawn jointly.

    Args:
        first: As for ``bootstrap_f1``.
        second: The same for what is subtracted; groups may occur in both.
        resamples: How often the groups are drawn.

    Returns:
        F1 of the first less F1 of the second.
    """
    counts = [photos[list(_COUNTS)].to_numpy(np.float64) for photos in (first, second)]
    none = [np.zeros_like(one) for one in counts]
    values = np.block([[counts[0], none[0]], [none[1], counts[1]]])
    groups = pd.concat([first["group_id"], second["group_id"]])

    def rate(sums: Sums) -> NDArray[np.float64]:
        return rate_f1(sums[:, : len(_COUNTS)]) - rate_f1(sums[:, len(_COUNTS) :])

    return interval_of(values, groups, rate, resamples=resamples)[0]


def bound(statistic: Statistic, n_groups: int, *, resamples: int) -> list[Interval]:
    """Metrics with their intervals.

    Args:
        statistic: Turns (D, G) weights of groups into (D, M) metrics.
        n_groups: G.
        resamples: How often the groups are drawn.

    Returns:
        M intervals, as ``interval_of`` describes them.

    Raises:
        ParameterError: If there is nothing to draw.
    """
    values, drawn = _draw(statistic, n_groups, resamples)
    return [
        _bound(float(value), draws, n_groups) for value, draws in zip(values, drawn.T, strict=True)
    ]


def bound_difference(
    first: Statistic,
    second: Statistic,
    n_groups: int,
    *,
    resamples: int,
    lower_is_better: Sequence[bool] | None = None,
) -> list[PairedInterval]:
    """Differences of two statistics, the groups drawn jointly.

    Args:
        first: Of the first model.
        second: Of the model that is subtracted.
        n_groups: G.
        resamples: How often the groups are drawn.
        lower_is_better: M, whether the lower value is the better one; None for nowhere.

    Returns:
        M differences.

    Raises:
        ParameterError: If there is nothing to draw.
    """
    values, drawn = _draw(
        lambda weights: np.stack([first(weights), second(weights)], axis=1),
        n_groups,
        resamples,
    )
    gaps = drawn[:, 0] - drawn[:, 1]
    flags = lower_is_better or [False] * values.shape[1]
    found = []
    for one, other, gap, flag in zip(*values, gaps.T, flags, strict=True):
        difference = _bound(float(one - other), gap, n_groups)
        share = None if difference.low is None else _share_above_zero(-gap if flag else gap)
        found.append(PairedInterval(float(one), float(other), difference, share))
    return found


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


def _draw(
    statistic: Statistic, n_groups: int, resamples: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metrics of all groups, and (R, …) of each draw."""
    batches = draw_weights(n_groups, resamples=resamples)
    drawn = np.concatenate([statistic(weights) for weights in batches])
    return statistic(np.ones((1, n_groups)))[0], drawn


def _sum_groups(values: ArrayLike, groups: ArrayLike, rate: Rate) -> tuple[Statistic, int]:
    """Statistic of groups from numbers of photos, and how many groups there are."""
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
    codes, n_groups = encode_groups(groups, len(table))
    by_group = np.zeros((n_groups, table.shape[1]))
    np.add.at(by_group, codes, table)
    return lambda weights: rate(weights @ by_group), n_groups


def _bound(value: float, drawn: NDArray[np.float64], n_groups: int) -> Interval:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Interval(value, None, None, "undefined on these photos")
    if n_groups < 2:
        return Interval(value, None, None, "all photos are one group, so nothing can be drawn")
    if known.size == 0:
        return Interval(value, None, None, "undefined in all bootstrap resamples")
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(one) for one in np.percentile(known, [tail, 100 - tail]))
    undefined, resamples = map(format_number, (drawn.size - known.size, drawn.size))
    notes = {
        f"only {n_groups} source photos, so the interval is likely too narrow": (
            n_groups < _FEW_GROUPS
        ),
        "all bootstrap resamples give the same value": known.min() == known.max(),
        f"undefined in {undefined} of {resamples} bootstrap resamples": known.size < drawn.size,
    }
    return Interval(value, low, high, "; ".join(note for note, holds in notes.items() if holds))


def _share_above_zero(gap: NDArray[np.float64]) -> float:
    known = gap[np.isfinite(gap)]
    return float(np.mean((known > 0) + 0.5 * (known == 0)))


def rate_f1(sums: Sums) -> NDArray[np.float64]:
    """(D, 1) F1 of (D, 4) sums of the four counts."""
    return f1(ConfusionCounts(*np.rint(sums).astype(np.int64).T))[:, None]
