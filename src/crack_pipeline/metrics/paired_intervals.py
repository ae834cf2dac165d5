"""Differences of two models on the same photos: by how much, and how sure it is which is better."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics.intervals import (
    Interval,
    Rate,
    bound_values,
    encode_groups,
    require_table,
    resample_sums,
)


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
