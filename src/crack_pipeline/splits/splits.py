"""Divide photos group by group into train, validation and test, or into k folds."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import SplitError
from crack_pipeline.splits.duplicates import Pairs, number_components
from crack_pipeline.splits.settings import SplitSettings
from crack_pipeline.types import SPLITS, Split

UNKNOWN_LABEL = -1

Whole: TypeAlias = NDArray[np.int64]
"""(parts, labels) int64 numbers of photos."""


def split_by_group(
    group_ids: pd.Series,
    labels: pd.Series,
    settings: SplitSettings,
    *,
    parts: Sequence[Split] = SPLITS,
) -> pd.Series:
    """Give each photo a part, so that no group is divided and each part has its share of labels.

    Groups of several photos are placed first, the largest ahead of all; single photos then fill
    each label up to its share. The result depends on ids and seed, never on the order of rows.

    Args:
        group_ids: N group ids.
        labels: N labels, missing ones allowed.
        settings: Shares and seed.
        parts: The parts to fill; their shares are taken in proportion.

    Returns:
        N names of parts, with the index of ``group_ids``.

    Raises:
        SplitError: If there are too few groups for the parts.
    """
    counts = count_groups(group_ids, labels)
    if len(counts) < len(parts):
        raise SplitError(
            f"Each of {', '.join(parts)} needs at least one group of photos.",
            received=f"{len(group_ids)} usable photos in {len(counts)} groups",
            remedy="Add photos of other places; photos of one group cannot be divided. If file "
            "names do not tell which photo a patch was cut from, set `ingestion.photo_id_pattern` "
            "to ''.",
        )
    shares: dict[str, float] = {part: settings.share(part) for part in parts}
    part_of_group = place_groups(counts, shares, settings.seed)
    return group_ids.map(part_of_group).astype("string")


def count_groups(group_ids: pd.Series, labels: pd.Series) -> pd.DataFrame:
    """Count the photos of each label in each group.

    Args:
        group_ids: N group ids.
        labels: N labels, missing ones allowed.

    Returns:
        One row a group by ascending id, one column a label; -1 is the unknown label.
    """
    table = pd.DataFrame({"group": group_ids, "label": labels.fillna(UNKNOWN_LABEL).astype(int)})
    return pd.crosstab(table["group"], table["label"])


def place_groups(counts: pd.DataFrame, shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Give each group a part, so that each part gets its share of each label.

    Args:
        counts: Photos by group and label, as ``count_groups`` gives them; at least as many groups
            as parts.
        shares: Part → its share; they are taken in proportion.
        seed: Changes which groups go where.

    Returns:
        Group → part; no part is empty.
    """
    targets = _targets(counts, shares)
    shuffled = counts.iloc[np.random.default_rng(seed).permutation(len(counts))]
    is_single = shuffled.sum(axis=1) == 1
    remaining = targets.to_numpy(copy=True)
    placed = _place_large_groups(shuffled[~is_single], remaining)
    placed |= _place_single_photos(shuffled[is_single], remaining)
    _fill_empty_parts(placed, shuffled.sum(axis=1), len(targets))
    return {group: str(targets.index[part]) for group, part in placed.items()}


def _targets(counts: pd.DataFrame, share_of_part: Mapping[str, float]) -> pd.DataFrame:
    """Wanted number of photos, one row a part, one column a label; whole numbers."""
    totals = counts.sum().to_numpy()
    shares = np.array(list(share_of_part.values()))
    wanted = np.outer(shares / shares.sum(), totals)
    whole = np.floor(wanted + 1e-9).astype(int)
    for column, missing in enumerate(totals - whole.sum(axis=0)):
        rests = (wanted[:, column] - whole[:, column]).round(9)
        # Of equal rests that part goes first which lacks most over all labels.
        lacking = (wanted - whole).sum(axis=1).round(9)
        whole[np.lexsort((-lacking, -rests))[:missing], column] += 1
    for empty in np.flatnonzero(whole.sum(axis=1) == 0):
        richest = np.unravel_index(np.argmax(whole), whole.shape)
        whole[richest] -= 1
        whole[empty, richest[1]] += 1
    return pd.DataFrame(whole, index=list(share_of_part), columns=counts.columns)


def _place_large_groups(counts: pd.DataFrame, remaining: Whole) -> dict[str, int]:
    """Place each group, the largest first, and take it off what the parts still lack."""
    by_size = counts.iloc[np.argsort(-counts.sum(axis=1).to_numpy(), kind="stable")]
    wanted = np.maximum(remaining, 1)
    placed: dict[str, int] = {}
    for group, members in zip(by_size.index, by_size.to_numpy(), strict=True):
        lacking = (remaining / wanted) @ members
        has_room = (remaining >= members).all(axis=1)
        scores = np.where(has_room, lacking, -np.inf) if has_room.any() else remaining @ members
        part = int(np.argmax(scores))
        remaining[part] -= members
        placed[str(group)] = part
    return placed


def _place_single_photos(counts: pd.DataFrame, remaining: Whole) -> dict[str, int]:
    """Fill what each part still lacks of each label."""
    placed: dict[str, int] = {}
    for column, label in enumerate(counts.columns):
        groups = counts.index[counts[label] == 1]
        room = np.maximum(remaining[:, column], 0)
        while room.sum() > len(groups):  # another part has taken more than its share
            room[np.argmax(room)] -= 1
        for group, part in zip(groups, np.repeat(np.arange(len(room)), room), strict=True):
            placed[str(group)] = int(part)
    return placed


def _fill_empty_parts(placed: dict[str, int], sizes: pd.Series, n_parts: int) -> None:
    """Give a part that got nothing the smallest group of the part with most groups."""
    for empty in sorted(set(range(n_parts)) - set(placed.values())):
        richest = max(range(n_parts), key=list(placed.values()).count)
        groups = sorted(group for group, part in placed.items() if part == richest)
        placed[min(groups, key=lambda group: int(sizes[group]))] = empty


def group_photos(image_ids: pd.Series, *, same: list[pd.Series], near: Pairs) -> pd.Series:
    """Connect photos that share a value or are near-duplicates, and name each group.

    Args:
        image_ids: N unique ids.
        same: Columns of N values; rows with an equal value belong together, missing ones do not.
        near: (K, 2) row numbers of near-duplicates.

    Returns:
        N group ids: the least image id of each group.
    """
    edges = np.vstack([near, *(link_equal(values) for values in same)])
    ids = image_ids.astype("string").reset_index(drop=True)
    named = ids.groupby(number_components(edges, len(ids))).transform("min")
    return named.set_axis(image_ids.index)


def link_equal(values: pd.Series) -> Pairs:
    """Link each row to the first row with the same value.

    Args:
        values: N values; missing ones are equal to nothing.

    Returns:
        (K, 2) row numbers; a row that is the first of its value is linked to itself.
    """
    codes, _ = pd.factorize(values)
    rows = np.arange(len(codes))
    known = codes >= 0
    first_of_code = np.full(codes.max(initial=-1) + 1, len(codes))
    np.minimum.at(first_of_code, codes[known], rows[known])
    return np.column_stack([rows[known], first_of_code[codes[known]]]).astype(np.int64)


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
