"""Look for what a model has learnt from among the photos of another data set.

Collections take up each other's photos, and write them anew: no byte is the same then. These are
found as the audit finds near-duplicates between the splits of one manifest.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crack_pipeline.audit.near_copies import NearCopy, find_near_copies
from crack_pipeline.audit.seen_photos import see_photos
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.manifest import usable_rows
from crack_pipeline.types import Split

logger = logging.getLogger(__name__)

LEARNT_FROM: tuple[Split, ...] = ("train", "validation")
"""Splits that a model, its threshold or its temperature come from."""


@dataclass(frozen=True, slots=True)
class LearntCopies:
    """Photos that show what a model has learnt from.

    Attributes:
        copies: The best match of each; ``test_id`` is the other data set's photo, ``other_id`` the
            model's.
        own_photos: How many photos the model learnt from.
        own_compared: How many of these could be read, and were compared.
    """

    copies: tuple[NearCopy, ...]
    own_photos: int
    own_compared: int


def list_learnt_photos(own: pd.DataFrame) -> pd.DataFrame:
    """List the photos that a model has learnt from.

    Args:
        own: The manifest that it was trained with.

    Returns:
        Usable rows of train and validation, index from 0.
    """
    rows = usable_rows(own)
    return rows[rows["split"].isin(LEARNT_FROM)].reset_index(drop=True)


def find_learnt_copies(
    photos: pd.DataFrame, learnt: pd.DataFrame, settings: AuditSettings
) -> LearntCopies:
    """Find photos that show what a model has learnt from, re-encoded, flipped or turned.

    Photos of which no file is there are not compared, and not counted as such.

    Args:
        photos: Rows of another manifest; their splits do not matter.
        learnt: From ``list_learnt_photos``.
        settings: When two photos count as near-duplicates, and how many are read: beyond that,
            photos are compared as they lie, by their hashes first.

    Returns:
        What was found.
    """
    is_there = [Path(path).is_file() for path in learnt["image_path"]]
    there = learnt[is_there]
    if there.empty or photos.empty:
        return LearntCopies((), len(learnt), 0)
    rows = pd.concat([there, photos.assign(split="test")], ignore_index=True)
    seen = see_photos(rows, settings, description=f"Comparing {len(rows)} photos")
    unread = _count_unread(there, seen.unread)
    logger.info(
        "%d photos were compared with %d that the model learnt from, "
        "%d of these %d also flipped and turned",
        len(photos),
        len(there) - unread,
        len(seen.rows),
        len(rows),
    )
    copies = tuple(find_near_copies(rows, seen, settings))
    return LearntCopies(copies, len(learnt), len(there) - unread)


def _count_unread(rows: pd.DataFrame, unread: Sequence[str]) -> int:
    return int(rows["image_id"].isin(unread).sum())
