"""Divide the grouped photos into train, validation and test, official splits kept."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import pandas as pd

from crack_pipeline import errors
from crack_pipeline.errors import CrackPipelineError, SourceError, SplitError
from crack_pipeline.ingestion.corrections import label_before_review, leave_out_listed
from crack_pipeline.ingestion.grouping import Chain, find_chains
from crack_pipeline.splits.settings import SplitSettings
from crack_pipeline.splits.splits import assign_folds, split_by_group
from crack_pipeline.types import SPLITS, Split

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
        left_out: Photos that the user leaves out, and why. They are divided with the others and
            set aside then, so that such a decision moves no other photo to another part.

    Returns:
        The photos with ``split``, ``fold`` and ``LEAK_COLUMNS`` (missing where they say nothing),
        and ``reason`` of those set aside now. Where dividing fails, what is known until then, with
        the problem in ``attrs`` for ``read_problem``, so that a report can still say why.
    """
    divided = _name_leaks(grouped, links)
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
    kinds = grouped["reason"].str.split(":").str[0].value_counts()
    counted = "; ".join(f"{n} × {kind}" for kind, n in kinds.head(_NAMED).items())
    if grouped["leaks_into"].notna().any():
        raise _explain_by_leaks(grouped[grouped["leaks_into"].notna()], 0)
    raise SourceError(
        "A data source needs at least one usable photo.",
        received=f"{len(grouped)} files, all set aside ({counted})",
        remedy="Correct the files or `ingestion.path`.",
    )
