"""Divide the grouped photos into train, validation and test, official splits kept."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

from crack_pipeline.errors import CrackPipelineError, SourceError, SplitError
from crack_pipeline.ingestion.links import find_chains
from crack_pipeline.splits.folds import assign_folds
from crack_pipeline.splits.settings import SplitSettings
from crack_pipeline.splits.splits import split_by_group
from crack_pipeline.types import SPLITS, Split

LEAKS = "shares a photo or duplicate with the official"
LEAK_COLUMNS = ["leaks_into", "leak_partner", "leak_link"]

LeakingTrain: TypeAlias = Literal["drop", "keep"]
"""What happens to train photos that share a group with an official test or validation photo."""

_HELD_PARTS: tuple[Split, ...] = ("test", "validation")
_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Photos with their parts, as far as it went.

    Attributes:
        photos: One row a photo, with ``split``, ``fold`` and ``LEAK_COLUMNS`` (missing where they
            say nothing), and ``reason`` of those set aside now.
        problem: Why the photos cannot be divided; None where they are.
    """

    photos: pd.DataFrame
    problem: CrackPipelineError | None = None


def divide_grouped(
    grouped: pd.DataFrame,
    links: pd.DataFrame,
    settings: SplitSettings,
    *,
    leaking_train: LeakingTrain = "drop",
) -> Division:
    """Give each usable photo its part, and its fold where folds are asked for.

    Official parts are kept whole. Where validation is missing, it is cut from the official train
    part. A train photo whose group reaches into an official test or validation part is set aside,
    or kept in train and out of validation.

    Args:
        grouped: One row a photo, as ``group_checked`` gives it.
        links: What links the photos of a group.
        settings: Shares, folds and seed.
        leaking_train: What happens to train photos that leak.

    Returns:
        The division; where it fails, with its problem and with what is known until then, so that
        a report can still say why.
    """
    divided = _name_leaks(grouped, links)
    if leaking_train == "drop":
        leaks = divided["leaks_into"].notna()
        divided["reason"] = divided["reason"].mask(leaks, _reasons_of(divided[leaks]))
    nothing = pd.Series(pd.NA, divided.index, "string")
    empty = divided.assign(split=nothing, fold=nothing.astype("Int8"))
    try:
        _require_usable(divided)
        split = _cut(divided, settings)
        fold = _fold(divided.assign(split=split), settings)
    except CrackPipelineError as problem:
        return Division(empty, problem)
    return Division(empty.assign(split=split, fold=fold))


def _cut(divided: pd.DataFrame, settings: SplitSettings) -> pd.Series:
    usable = divided[divided["reason"] == ""]
    official = usable["official_split"].astype("string")
    held = [part for part in SPLITS if part != "train" and (official == part).any()]
    split = official.where(official.isin(held)).mask(usable["leaks_into"].notna(), "train")
    free = usable[split.isna()]
    parts: list[Split] = [part for part in SPLITS if part not in held]
    try:
        return split.fillna(split_by_group(free["group_id"], free["label"], settings, parts=parts))
    except SplitError as error:
        leaks = divided[divided["leaks_into"].notna()]
        raise (_explain_by_leaks(leaks, len(free)) if len(leaks) else error) from error


def _fold(divided: pd.DataFrame, settings: SplitSettings) -> pd.Series:
    folds = pd.Series(pd.NA, divided.index, "Int8")
    if settings.folds:
        rows = divided[(divided["reason"] == "") & (divided["split"] != "test")]
        found = assign_folds(
            rows["group_id"], rows["label"], n_folds=settings.folds, seed=settings.seed
        )
        folds.loc[found.index] = found
    return folds


def _name_leaks(grouped: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Say of each train photo which official test or validation photo it is linked with."""
    usable = grouped[grouped["reason"] == ""]
    train = usable[usable["official_split"].fillna("train") == "train"]
    nothing = pd.Series(pd.NA, grouped.index, "string")
    named = grouped.assign(**dict.fromkeys(LEAK_COLUMNS, nothing))
    for part in reversed(_HELD_PARTS):  # of a photo that reaches both, test is named
        held = usable[usable["official_split"] == part]
        leaking = train[train["group_id"].isin(held["group_id"])]
        concerned = usable.loc[usable["group_id"].isin(leaking["group_id"]), "image_id"]
        some = links[links["first_id"].isin(concerned)]
        chains = find_chains(some, leaking["image_id"], set(held["image_id"]))
        for row, image_id in leaking["image_id"].items():
            chain = chains[image_id]
            named.loc[row, LEAK_COLUMNS] = [part, chain.partner, " and ".join(chain.kinds)]
    return named


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
        received=f"{len(leaks)} train photos linked with one, {n_left} left; first: "
        f"{first['image_id']} with {first['leak_partner']} ({first['leak_link']})",
        remedy=f"{cause}ingestion.json names them all; ingestion.leaking_train=keep trains on "
        "them, and then the test flatters.",
    )


def _require_usable(grouped: pd.DataFrame) -> None:
    if (grouped["reason"] == "").any():
        return
    kinds = grouped["reason"].str.split(":").str[0].value_counts()
    counted = "; ".join(f"{n} × {kind}" for kind, n in kinds.head(_NAMED).items())
    remedy = "Correct the files or `ingestion.path`."
    if grouped["leaks_into"].notna().any():
        raise _explain_by_leaks(grouped[grouped["leaks_into"].notna()], 0)
    raise SourceError(
        "A data source needs at least one usable photo.",
        received=f"{len(grouped)} files, all set aside ({counted})",
        remedy=remedy,
    )
