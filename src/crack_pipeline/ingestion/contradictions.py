"""Photos that show the same and bear different labels: one of the two is wrong."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.ingestion.listing import join_names
from crack_pipeline.splits.duplicates import Pairs, correlate_all, number_components
from crack_pipeline.splits.settings import DuplicateSettings
from crack_pipeline.wording.phrases import count_of, name_some

TWO_LABELS = "one photo with two labels"
LABEL_CONTRADICTED = "label_contradicted"
"""Noted in ``mended`` where such a photo is kept."""
SAME_PHOTO = "same_photo"
CONTRADICTED_BY = "contradicted_by"

Contradicting: TypeAlias = Literal["set_aside", "keep"]
"""Treatment of photos that show the same and bear different labels."""

_NAMED = 3
_WORDS = {1: "crack", 0: "no crack"}


def mark_same_photos(
    photos: pd.DataFrame,
    thumbnails: NDArray[np.uint8],
    alike: Pairs,
    settings: DuplicateSettings,
) -> pd.Series:
    """Find the photos that are one and the same, with label 1 here and label 0 there.

    Near-duplicates may be crops that lie beside each other, of which only one shows the crack. Here
    they must agree as they stand, flipped or turned, without being moved.

    Args:
        photos: N rows with ``image_id``, ``sha256`` and ``label``.
        thumbnails: (N, 64, 64) uint8.
        alike: (K, 2) row numbers of copies and near-duplicates, which connect each group of them.
        settings: Least correlation, and whether flips count.

    Returns:
        (N,) strings: the least id of those that show the same; missing where nothing contradicts.
    """
    groups = number_components(alike, len(photos))
    labels = photos["label"].astype("float").to_numpy()
    kinds = pd.Series(labels).groupby(groups).transform("nunique").to_numpy()
    digests = photos["sha256"].to_numpy()
    found = [np.empty((0, 2), np.int64)]
    for group in np.unique(groups[kinds > 1]):
        crack, none = (np.flatnonzero((groups == group) & (labels == label)) for label in (1, 0))
        agreement = correlate_all(thumbnails[crack], thumbnails[none], flips=settings.flips)
        # Blank photos correlate with nothing; their bytes may be equal nevertheless.
        same = (agreement >= settings.min_correlation) | (digests[crack, None] == digests[none])
        first, second = np.nonzero(same)
        found.append(np.column_stack([crack[first], none[second]]))
    pairs = np.vstack(found)
    ids = photos["image_id"]
    least = ids.groupby(number_components(pairs, len(photos))).transform("min")
    return least.where(np.isin(np.arange(len(photos)), pairs))


def name_contradictions(photos: pd.DataFrame, left_out: Collection[str]) -> pd.Series:
    """Say of each photo which others show the same and bear the other label.

    Args:
        photos: Rows with ``SAME_PHOTO``, as ``mark_same_photos`` gives it.
        left_out: Ids that contradict nothing any more.

    Returns:
        Strings such as ``crack here, no crack as Negative/copy``; missing where all agree.
    """
    named = pd.Series(pd.NA, photos.index, "string")
    if SAME_PHOTO not in photos:
        return named
    judged = photos[~photos["image_id"].isin(list(left_out)) & photos["label"].notna()]
    for _, same in judged.groupby(SAME_PHOTO):
        for label, word in _WORDS.items():
            here, there = same[same["label"] == label], same[same["label"] == 1 - label]
            if len(there):
                others = name_some(there["image_id"].tolist())
                named[here.index] = f"{word} here, {_WORDS[1 - label]} as {others}"
    return named


def treat_contradictions(photos: pd.DataFrame, contradicting: Contradicting) -> pd.DataFrame:
    """Set photos whose label is contradicted aside, or note that they are kept.

    Args:
        photos: Rows with ``CONTRADICTED_BY``, ``reason`` and ``mended``.
        contradicting: What to do.
    """
    concerned = photos[CONTRADICTED_BY].notna()
    if contradicting == "set_aside":
        reasons = f"{TWO_LABELS}: " + photos[CONTRADICTED_BY]
        return photos.assign(reason=photos["reason"].mask(concerned, reasons))
    if not concerned.any():
        return photos
    noted = join_names(photos["mended"], pd.Series(LABEL_CONTRADICTED, photos.index, "string"))
    return photos.assign(mended=photos["mended"].mask(concerned, noted))


def report_contradictions(photos: pd.DataFrame) -> dict[str, Any]:
    """List the photos that show the same and bear different labels, ready for JSON.

    Args:
        photos: As ``divide_grouped`` gives them.

    Returns:
        How many contents there are, what happens to them, and each photo with what contradicts it.
    """
    concerned = photos[photos[CONTRADICTED_BY].notna()]
    is_kept = bool((concerned["reason"] == "").any())
    return {
        "contents": int(concerned[SAME_PHOTO].nunique()) if len(concerned) else 0,
        "what_happens": "kept" if is_kept else "set aside",
        "photos": dict(zip(concerned["image_id"], concerned[CONTRADICTED_BY], strict=True)),
    }


def describe_contradicting(report: Mapping[str, Any], *, report_file: str) -> str:
    """Say which photos show the same and bear different labels, and what to do.

    Args:
        report: As ``report_manifest`` gives it.
        report_file: Where the report is written.

    Returns:
        Rule, received, remedy; empty where no two labels contradict each other.
    """
    found = report["contradicting_labels"]
    if not found["photos"]:
        return ""
    named = [f"{name}: {told}" for name, told in found["photos"].items()]
    return (
        "Photos that show the same, be it copied, resized, mirrored or turned, must bear one label."
        f" Received: {count_of(len(named), 'photo')} of {count_of(found['contents'], 'content')} "
        f"with both. First: {'; '.join(named[:_NAMED])}. They are {found['what_happens']}; "
        f"{report_file} names them all under contradicting_labels. Write crack, no_crack or "
        "leave_out for the wrong ones into the review list (docs/how_to/review_doubtful_pairs.md) "
        "or correct the folder, and ingest again. ingestion.contradicting=keep uses them as they "
        "are."
    )
