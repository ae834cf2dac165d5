"""Group the usable photos of a checked listing, and expect the leakage of a random split."""

import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from crack_pipeline import errors
from crack_pipeline.errors import CrackPipelineError, SourceError, SplitError
from crack_pipeline.ingestion.contradictions import (
    CONTRADICTED_BY,
    SAME_PHOTO,
    Contradicting,
    mark_same_photos,
    name_contradictions,
    treat_contradictions,
)
from crack_pipeline.ingestion.corrections import label_before_review, leave_out_listed
from crack_pipeline.sources.files import kind_of
from crack_pipeline.sources.starter import ESTIMATED
from crack_pipeline.splits.duplicates import Pairs, link_near_duplicates
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings, SplitSettings
from crack_pipeline.splits.splits import assign_folds, group_photos, link_equal, split_by_group
from crack_pipeline.types import SPLITS, Split

LinkKind: TypeAlias = Literal["copy", "file name", "near-duplicate", "flipped", "overlap"]
"""How two photos are linked: equal bytes; one photo id; near-duplicates as they stand; the same
after a flip or a turn; crops that share a part."""

LINK_KINDS: tuple[LinkKind, ...] = ("copy", "file name", "near-duplicate", "flipped", "overlap")
LINK_COLUMNS = ["first_id", "second_id", "kind"]
SEARCHES = "searches"
"""Attribute of the table of links: each search, how long it took, and what it found."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How a photo reaches one of several others.

    Attributes:
        partner: The nearest of the others.
        kinds: Kinds of the links on the way, each named once.
    """

    partner: str
    kinds: tuple[str, ...]


def find_chains(
    links: pd.DataFrame, starts: Iterable[str], ends: Iterable[str]
) -> dict[str, Chain]:
    """Find for each photo the shortest chain to one of others.

    One search goes outwards from all ends at once, so that a group of many thousands costs no more
    than its number of links.

    Args:
        links: One row a link, with the columns of ``LINK_COLUMNS``.
        starts: Ids of photos.
        ends: Ids of the others.

    Returns:
        Id → chain, for those that reach one; of equally short chains the one with the least end.
    """
    neighbours = _neighbours_of(links)
    reached: dict[str, tuple[str, tuple[str, ...]]] = {end: (end, ()) for end in sorted(ends)}
    waiting = deque(reached)
    while waiting:
        photo = waiting.popleft()
        partner, kinds = reached[photo]
        for other, kind in neighbours.get(photo, ()):
            if other not in reached:
                reached[other] = partner, kinds if kind in kinds else (kind, *kinds)
                waiting.append(other)
    return {start: Chain(*reached[start]) for start in starts if start in reached}


def _neighbours_of(links: pd.DataFrame) -> Mapping[str, list[tuple[str, str]]]:
    neighbours: dict[str, set[tuple[str, str]]] = {}
    for first, second, kind in zip(*(links[name] for name in LINK_COLUMNS), strict=True):
        neighbours.setdefault(first, set()).add((second, kind))
        neighbours.setdefault(second, set()).add((first, kind))
    return {photo: sorted(others) for photo, others in neighbours.items()}


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
    # C(N-m, n) / C(N, n) = (N-m)! (N-n)! / (N! (N-m-n)!)
    log_share = gammaln(n_photos - m + 1) + gammaln(n_photos - n_drawn + 1)
    log_share -= gammaln(n_photos + 1) + gammaln(n_photos - m - n_drawn + 1)
    return np.where(possible, np.exp(log_share), 0.0)


Found = dict[LinkKind, Pairs]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Photos that must not be divided, and why.

    Attributes:
        photos: The checked rows with ``group_id`` and ``SAME_PHOTO``, missing where set aside.
        links: One row a link, with the columns of ``LINK_COLUMNS``; they connect each group.
        searches: What was searched for, how long it took, and what it found; ready for JSON.
    """

    photos: pd.DataFrame
    links: pd.DataFrame
    searches: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OverlapSearch:
    """The search for crops that share a part, which is dearer than all the rest.

    Attributes:
        settings: What counts as an overlap.
        store: Folder where its result is kept.
        n_jobs: Worker processes.
    """

    settings: OverlapSettings
    store: Path
    n_jobs: int = -1


def group_checked(
    checked: pd.DataFrame,
    thumbnails: NDArray[np.uint8],
    duplicates: DuplicateSettings,
    overlaps: OverlapSearch | None = None,
) -> Grouping:
    """Give each usable photo the group of its duplicates and of its photo's other patches.

    Args:
        checked: One row a photo, as ``check_listing`` gives it.
        thumbnails: (N, 64, 64) uint8 of the same photos.
        duplicates: What counts as a near-duplicate.
        overlaps: The search for overlapping crops; None where photos are no crops.

    Returns:
        The groups and what links them.
    """
    usable = np.flatnonzero((checked["reason"] == "").to_numpy())
    rows = checked.iloc[usable]
    # Exact copies are linked by content: their pictures need no comparison.
    distinct = np.flatnonzero(~rows["sha256"].duplicated().to_numpy())
    found: Found = {
        "copy": link_equal(rows["sha256"]),
        "file name": link_equal(rows["photo_id"]),
    }
    started = time.perf_counter()
    hashes = rows["phash"].iloc[distinct].tolist()
    pictures = cast("NDArray[np.uint8]", _SomeRows(thumbnails, usable[distinct]))
    near = link_near_duplicates(hashes, pictures, duplicates)
    found["near-duplicate"] = distinct[near.pairs[~near.is_flipped]]
    found["flipped"] = distinct[near.pairs[near.is_flipped]]
    alike = np.vstack([found["copy"], distinct[near.pairs]])
    every = cast("NDArray[np.uint8]", _SomeRows(thumbnails, usable))
    same = mark_same_photos(rows, every, alike, duplicates)
    seconds = round(time.perf_counter() - started, 3)
    searches: dict[str, Any] = {"near-duplicates": {"seconds": seconds}}
    if overlaps is not None:
        search = find_overlaps(
            rows["image_path"].tolist(),
            rows["sha256"].tolist(),
            overlaps.settings,
            n_jobs=overlaps.n_jobs,
            store=overlaps.store,
        )
        found["overlap"] = search.pairs
        searches["overlaps"] = {
            "pairs": len(search.table),
            "seconds": round(search.seconds, 1),
            "kept_from_an_earlier_run": search.is_kept,
        }
    groups = group_photos(rows["image_id"], same=[], near=np.vstack(list(found.values())))
    links = _table_of(found, rows["image_id"])
    photos = checked.assign(**{"group_id": groups, SAME_PHOTO: same})
    return Grouping(photos, links, searches)


class _SomeRows:
    """Some rows of mapped thumbnails, read when they are asked for: nothing is copied before."""

    def __init__(self, thumbnails: NDArray[np.uint8], rows: NDArray[np.int64]) -> None:
        self._thumbnails, self._rows = thumbnails, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> NDArray[np.uint8]:
        some: NDArray[np.uint8] = self._thumbnails[self._rows[index]]
        return some


def _table_of(found: Found, image_ids: pd.Series) -> pd.DataFrame:
    tables = []
    for kind, pairs in found.items():
        some = pairs[pairs[:, 0] != pairs[:, 1]]
        first, second = (image_ids.iloc[some[:, side]].to_numpy() for side in (0, 1))
        tables.append(pd.DataFrame(dict(zip(LINK_COLUMNS, (first, second, kind), strict=True))))
    return pd.concat(tables, ignore_index=True).astype("string")


_ESTIMATE = "its mask is an estimate, which counts in training only"
LEAKS = "shares a photo or duplicate with the official"
LEAK_COLUMNS = ["leaks_into", "leak_partner", "leak_link"]

LeakingTrain: TypeAlias = Literal["drop", "keep"]
"""Treatment of train photos that share a group with an official test or validation photo, and
to official validation photos that share one with an official test photo."""

_GIVING_WAY: dict[Split, tuple[Split, ...]] = {
    "validation": ("train",),
    "test": ("train", "validation"),
}
"""Official part → parts whose photos give way to it; of a photo that reaches both, test is named
as the last one."""
_LEFT_OUT_LINK = "same group"
"""Named where the photos that linked two others are gone."""
_NAMED = 3


_PROBLEM = "problem"


def divide_grouped(
    grouped: pd.DataFrame,
    links: pd.DataFrame,
    settings: SplitSettings,
    *,
    leaking_train: LeakingTrain = "drop",
    contradicting: Contradicting = "set_aside",
    left_out: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Give each usable photo its part, and its fold where folds are asked for.

    The official test part is kept whole. Where validation is missing, it is cut from the official
    train part. A train photo whose group reaches into an official test or validation part, and a
    validation photo whose group reaches into an official test part, is set aside, or kept in its
    part: train photos then stay out of validation, and groups cross the split.

    Args:
        grouped: One row a photo, as ``group_checked`` gives it.
        links: What links the photos of a group.
        settings: Shares, folds and seed.
        leaking_train: What happens to train and validation photos that leak.
        contradicting: What happens to photos that show the same and bear different labels.
        left_out: Photos that the user leaves out, and why. They are divided with the others and
            set aside then, as contradicting ones are, so that such a decision moves no other photo
            to another part.

    Returns:
        The photos with ``split``, ``fold``, ``CONTRADICTED_BY`` and ``LEAK_COLUMNS`` (missing where
        they say nothing), and ``reason`` of those set aside now. Where dividing fails, what is
        known until then, with the problem in ``attrs`` for ``read_problem``, so that a report can
        still say why.
    """
    divided = _name_leaks(grouped, links)
    divided[CONTRADICTED_BY] = name_contradictions(grouped, left_out)
    if leaking_train == "drop":
        leaks = divided["leaks_into"].notna()
        divided["reason"] = divided["reason"].mask(leaks, _reasons_of(divided[leaks]))
    nothing = pd.Series(pd.NA, divided.index, "string")
    photos = divided.assign(split=nothing, fold=nothing.astype("Int8"))
    try:
        _require_usable(divided)
        split = _cut(divided, settings)
        fold = _fold(divided.assign(split=split), settings)
        kept = leave_out_listed(divided.assign(split=split, fold=fold), left_out)
        kept = _keep_estimates_in_train(treat_contradictions(kept, contradicting))
        gone = kept["reason"] != ""
        photos = kept.assign(split=kept["split"].mask(gone), fold=kept["fold"].mask(gone))
        _require_usable(photos)
    except CrackPipelineError as problem:
        photos.attrs[_PROBLEM] = {
            "kind": type(problem).__name__,
            "rule": problem.rule,
            "received": problem.received,
            "remedy": problem.remedy,
        }
    return photos


def _keep_estimates_in_train(divided: pd.DataFrame) -> pd.DataFrame:
    """Set aside what would be judged by a mask that is an estimate."""
    estimated = divided["mended"].str.contains(ESTIMATED, regex=False).fillna(value=False)
    judged = estimated & divided["split"].isin(["validation", "test"])
    return divided.assign(reason=divided["reason"].mask(judged, _ESTIMATE))


def read_problem(photos: pd.DataFrame) -> CrackPipelineError | None:
    """Read the problem that kept photos from being divided; None where there was none.

    Args:
        photos: As ``divide_grouped`` gives them.
    """
    noted = photos.attrs.get(_PROBLEM)
    if noted is None:
        return None
    kind: type[CrackPipelineError] = getattr(errors, noted["kind"])
    return kind(noted["rule"], received=noted["received"], remedy=noted["remedy"])


def _cut(divided: pd.DataFrame, settings: SplitSettings) -> pd.Series:
    usable = divided[divided["reason"] == ""]
    official = usable["official_split"].astype("string")
    held = [part for part in SPLITS if part != "train" and (official == part).any()]
    split = official.where(official.isin(held))
    split = split.mask(split.isna() & usable["leaks_into"].notna(), "train")
    free = usable[split.isna()]
    parts: list[Split] = [part for part in SPLITS if part not in held]
    try:
        labels = label_before_review(free)
        return split.fillna(split_by_group(free["group_id"], labels, settings, parts=parts))
    except SplitError as error:
        leaks = divided[divided["leaks_into"].notna()]
        raise (_explain_by_leaks(leaks, len(free)) if len(leaks) else error) from error


def _fold(divided: pd.DataFrame, settings: SplitSettings) -> pd.Series:
    folds = pd.Series(pd.NA, divided.index, "Int8")
    if settings.folds:
        rows = divided[(divided["reason"] == "") & (divided["split"] != "test")]
        labels = label_before_review(rows)
        found = assign_folds(rows["group_id"], labels, n_folds=settings.folds, seed=settings.seed)
        folds.loc[found.index] = found
    return folds


def _name_leaks(grouped: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Say of each photo that must give way which official photo it is linked with."""
    usable = grouped[grouped["reason"] == ""]
    official = usable["official_split"].fillna("train")
    nothing = pd.Series(pd.NA, grouped.index, "string")
    named = grouped.assign(**dict.fromkeys(LEAK_COLUMNS, nothing))
    for part, giving_way in _GIVING_WAY.items():
        held = usable[official == part]
        leaking = usable[official.isin(giving_way) & usable["group_id"].isin(held["group_id"])]
        chains = _chain_leaks(leaking, held, grouped, links)
        for row, image_id in leaking["image_id"].items():
            chain = chains[image_id]
            named.loc[row, LEAK_COLUMNS] = [part, chain.partner, " and ".join(chain.kinds)]
    return named


def _chain_leaks(
    leaking: pd.DataFrame, held: pd.DataFrame, grouped: pd.DataFrame, links: pd.DataFrame
) -> dict[str, Chain]:
    """Id of each leaking photo → how it reaches an official one."""
    # Photos that the user leaves out still link the others of their group.
    members = grouped.loc[grouped["group_id"].isin(leaking["group_id"]), "image_id"]
    some = links[links["first_id"].isin(members)]
    found = find_chains(some, leaking["image_id"], set(held["image_id"]))
    nearest = held.groupby("group_id")["image_id"].min()
    return {
        image_id: found.get(image_id, Chain(nearest[group_id], (_LEFT_OUT_LINK,)))
        for image_id, group_id in zip(leaking["image_id"], leaking["group_id"], strict=True)
    }


def _reasons_of(leaks: pd.DataFrame) -> pd.Series:
    how = " (" + leaks["leak_link"] + ")"
    return f"{LEAKS} " + leaks["leaks_into"] + " split: " + leaks["leak_partner"] + how


def _explain_by_leaks(leaks: pd.DataFrame, n_left: int) -> SplitError:
    first = leaks.iloc[0]
    kinds = leaks["leak_link"].value_counts()
    by_name = "file name" in str(kinds.index[0])
    cause = (
        "The usual cause is `ingestion.photo_id_pattern`: it gives train and test photos one photo "
        "id. Correct it, or set it to '' if file names do not tell. "
        if by_name
        else ""
    )
    return SplitError(
        "Train and validation need at least one group of photos each that no official test or "
        "validation photo belongs to.",
        received=f"{len(leaks)} photos outside test linked with one, {n_left} left; first: "
        f"{first['image_id']} with {first['leak_partner']} ({first['leak_link']})",
        remedy=f"{cause}ingestion.json names them all; ingestion.leaking_train=keep trains on "
        "them, and then the test flatters.",
    )


def _require_usable(grouped: pd.DataFrame) -> None:
    if (grouped["reason"] == "").any():
        return
    kinds = grouped["reason"].map(kind_of).value_counts()
    counted = "; ".join(f"{n} × {kind}" for kind, n in kinds.head(_NAMED).items())
    if grouped["leaks_into"].notna().any():
        raise _explain_by_leaks(grouped[grouped["leaks_into"].notna()], 0)
    raise SourceError(
        "A data source needs at least one usable photo.",
        received=f"{len(grouped)} files, all set aside ({counted})",
        remedy="Correct the files or `ingestion.path`.",
    )
