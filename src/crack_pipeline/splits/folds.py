"""Divide photos into k folds of about equal size, group by group, for cross-validation."""

import pandas as pd

from crack_pipeline.errors import SplitError
from crack_pipeline.splits.splits import count_groups, place_groups


def assign_folds(group_ids: pd.Series, labels: pd.Series, *, n_folds: int, seed: int) -> pd.Series:
    """Give each photo a fold, so that no group is divided and folds are alike in size and labels.

    The same placement as that of the single split: groups of several photos first, the largest
    ahead of all, single photos then fill each label up. The result depends on ids and seed, never
    on the order of rows.

    Args:
        group_ids: N group ids.
        labels: N labels, missing ones allowed.
        n_folds: Number of folds, at least 2.
        seed: Changes which photos go where.

    Returns:
        N numbers of folds, 0 to ``n_folds`` - 1, with the index of ``group_ids``.

    Raises:
        SplitError: If there are fewer groups than folds.
    """
    counts = count_groups(group_ids, labels)
    if len(counts) < n_folds:
        raise SplitError(
            "Each fold needs at least one group of photos.",
            received=f"`ingestion.splitting.folds` {n_folds}; {len(group_ids)} usable photos "
            f"outside test in {len(counts)} groups",
            remedy="Ask for fewer folds, or add photos of other places; photos of one group "
            "cannot be divided.",
        )
    shares = {str(fold): 1.0 / n_folds for fold in range(n_folds)}
    return group_ids.map(place_groups(counts, shares, seed)).astype("Int8")
