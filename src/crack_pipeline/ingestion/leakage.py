"""How much a random split would leak: expected numbers, computed and not drawn."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaln

TEST_SHARE = 0.2
"""The random split that results are usually reported for: 80 % train, 20 % test."""


def expect_leakage(group_ids: pd.Series, *, test_share: float = TEST_SHARE) -> dict[str, Any]:
    """Expected numbers over all random splits into train and test.

    Of N photos, n = round(share · N) go to test, every choice being equally likely. Of a group of
    m photos none is in test with probability C(N-m, n) / C(N, n), all with C(N-m, n-m) / C(N, n).

    Args:
        group_ids: N group ids.
        test_share: Share of the photos that goes to test.

    Returns:
        ``groups_that_cross``; ``test_photos_with_a_relative_in_train`` and their share.
    """
    n_photos = len(group_ids)
    n_test = round(test_share * n_photos)
    sizes, n_groups = np.unique(group_ids.value_counts().to_numpy(), return_counts=True)
    all_in_train = _share_without(n_photos, n_test, sizes)
    all_in_test = _share_without(n_photos, n_photos - n_test, sizes)
    crosses = np.where(sizes > 1, 1.0 - all_in_train - all_in_test, 0.0)
    crossing = float((n_groups * crosses).sum()) if n_test else 0.0
    # A photo is in test with n / N; it has no relative in train where its whole group is there.
    in_test = np.where(sizes > 1, n_test / n_photos - all_in_test, 0.0) if n_test else 0.0
    concerned = float((n_groups * sizes * in_test).sum())
    return {
        "how": f"expected over all random splits of {n_photos} photos into {1 - test_share:.0%} "
        f"and {test_share:.0%}; computed, not drawn",
        "groups_that_cross": round(crossing, 1),
        "test_photos_with_a_relative_in_train": round(concerned, 1),
        "share_of_test_photos": round(concerned / n_test, 4) if n_test else 0.0,
    }


def _share_without(n_photos: int, n_drawn: int, sizes: np.ndarray) -> np.ndarray:
    """Probability that none of m photos is among the n that are drawn of N."""
    possible = sizes <= n_photos - n_drawn
    m = np.where(possible, sizes, 0)
    log_share = _log_choose(n_photos - m, np.full_like(m, n_drawn)) - _log_choose(
        np.full_like(m, n_photos), np.full_like(m, n_drawn)
    )
    return np.where(possible, np.exp(log_share), 0.0)


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
