"""Divide the grouped photos into train, validation and test, official splits kept."""

import pandas as pd

from crack_pipeline.errors import SourceError
from crack_pipeline.splits.settings import SplitSettings
from crack_pipeline.splits.splits import split_by_group
from crack_pipeline.types import SPLITS, Split

LEAKS = "shares a photo or duplicate with the official"


def divide_grouped(grouped: pd.DataFrame, settings: SplitSettings) -> pd.DataFrame:
    """Give each usable photo its part.

    Official parts are kept whole. Where validation is missing, it is cut from the official train
    part; a train photo whose group reaches into an official test or validation part is set aside.

    Args:
        grouped: One row a photo, as ``group_checked`` gives it.
        settings: Shares and seed.

    Returns:
        The rows with ``split`` (missing where set aside), and ``reason`` of those set aside now.

    Raises:
        SourceError: If no photo can be used.
        SplitError: If there are too few groups for the parts.
    """
    _require_usable(grouped)
    divided = _set_leaks_aside(grouped)
    usable = divided[divided["reason"] == ""]
    official = usable["official_split"].astype("string")
    held = [part for part in SPLITS if part != "train" and (official == part).any()]
    split = official.where(official.isin(held))
    free = usable[split.isna()]
    parts: list[Split] = [part for part in SPLITS if part not in held]
    cut = split_by_group(free["group_id"], free["label"], settings, parts=parts)
    split = split.fillna(cut)
    return divided.assign(split=split)


def _set_leaks_aside(grouped: pd.DataFrame) -> pd.DataFrame:
    usable = grouped[grouped["reason"] == ""]
    reasons = grouped["reason"].copy()
    for part in ("test", "validation"):
        kept = usable[usable["official_split"] == part]
        partner = kept.groupby("group_id")["image_id"].min()
        others = usable[usable["official_split"].fillna("train") == "train"]
        leaking = others[others["group_id"].isin(partner.index)]
        reasons.loc[leaking.index] = f"{LEAKS} {part} split: " + leaking["group_id"].map(
            partner
        ).astype("string")
    return grouped.assign(reason=reasons)


def _require_usable(grouped: pd.DataFrame) -> None:
    if (grouped["reason"] == "").any():
        return
    kinds = grouped["reason"].str.split(":").str[0].value_counts()
    counted = "; ".join(f"{n} × {kind}" for kind, n in kinds.head(3).items())
    raise SourceError(
        "A data source needs at least one usable photo.",
        received=f"{len(grouped)} files, all set aside ({counted})",
        remedy="Correct the files or `ingestion.path`.",
    )
