"""Near-duplicates between test and the other splits, and between one data set and another.

Ingestion finds candidates by hashes of photos in a common pose, and links groups. Here each test
photo is compared with all others by correlation, in all eight poses, without a hash; the hashes of
the manifest are a second way, for the photos that are not read. Both ways end in the same check
of the pictures themselves. Collections take up each other's photos and write them anew, so that no
byte is the same: these are found in the same way.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.audit.photo_features import PhotoFeatures, read_features, read_thumbnail
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.errors import ImageReadError
from crack_pipeline.manifest import usable_rows
from crack_pipeline.splits.code_index import certain_bands, match_codes
from crack_pipeline.splits.duplicates import correlate_pairs, details_of, has_details
from crack_pipeline.splits.hashing import hashes_to_integers
from crack_pipeline.splits.symmetries import N_SYMMETRIES, SYMMETRY_NAMES, apply_symmetry
from crack_pipeline.types import GreyImage, Split

logger = logging.getLogger(__name__)

_REACH = 32
_CANDIDATES_EACH = 4
_SMALL_PX = 26
_ROWS_AT_ONCE = 512

LEARNT_FROM: tuple[Split, ...] = ("train", "validation")
"""Splits that a model, its threshold or its temperature come from."""

Candidates = NDArray[np.int64]
"""(K, 3) row of the other photo, row of the test photo, and the symmetry for the test photo."""


@dataclass(frozen=True, slots=True)
class NearCopy:
    """A test photo that shows what another photo shows.

    Attributes:
        test_id: The test photo.
        other_id: The train or validation photo that is most like it.
        pose: How the test photo lies against it, "as it is" or "mirrored left to right", ….
        correlation: Of their details.
    """

    test_id: str
    other_id: str
    pose: str
    correlation: float


def find_near_copies(
    rows: pd.DataFrame, seen: PhotoFeatures, settings: AuditSettings
) -> list[NearCopy]:
    """Find near-duplicates between test and the other splits; exact copies are left out.

    Args:
        rows: Usable rows of the manifest, index from 0.
        seen: Those of them that were read.
        settings: Hash distance, correlation, and how many more photos may be read.

    Returns:
        The best match of each test photo that has one, in the order of the rows.
    """
    candidates = np.vstack([_match_hashes(rows, settings.max_hash_distance), _match_pictures(seen)])
    content = rows["sha256"].astype("string").fillna("").to_numpy()
    first, second = content[candidates[:, 0]], content[candidates[:, 1]]
    candidates = candidates[(first != second) | (first == "")]
    thumbnails, known = _gather_thumbnails(rows, seen, candidates, settings.max_photos)
    placed = candidates.copy()
    placed[:, :2] = known[candidates[:, :2]]
    is_known = (placed[:, :2] >= 0).all(axis=1)
    candidates, placed = candidates[is_known], placed[is_known]
    found = correlate_pairs(thumbnails, placed, enough=settings.min_correlation)
    return _keep_best(rows, candidates, found, settings.min_correlation)


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
    seen = read_features(rows, settings, description=f"Comparing {len(rows)} photos")
    unread = int(there["image_id"].isin(seen.unread).sum())
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


def _keep_best(
    rows: pd.DataFrame, candidates: Candidates, correlations: NDArray[np.float64], least: float
) -> list[NearCopy]:
    best: dict[int, tuple[float, int, int]] = {}
    for (other, test, symmetry), value in zip(candidates.tolist(), correlations, strict=True):
        if value >= least:
            best[test] = max(best.get(test, (-1.0, 0, 0)), (float(value), other, symmetry))
    ids = rows["image_id"].astype(str)
    return [
        NearCopy(ids.iloc[test], ids.iloc[other], SYMMETRY_NAMES[symmetry], value)
        for test, (value, other, symmetry) in sorted(best.items())
    ]


def _match_hashes(rows: pd.DataFrame, max_distance: int) -> Candidates:
    hashed = np.flatnonzero(rows["phash"].notna())
    codes = hashes_to_integers(rows["phash"].iloc[hashed].astype(str).tolist())
    is_test = (rows["split"] == "test").to_numpy(bool)[hashed]
    pairs = match_codes(
        codes,
        is_test.astype(np.int64),
        bands=certain_bands(max_distance),
        max_distance=max_distance,
        reach=_REACH,
    )
    swapped = is_test[pairs[:, 0]]
    pairs[swapped] = pairs[swapped][:, ::-1]
    distance = np.bitwise_count(codes[pairs[:, 0]] ^ codes[pairs[:, 1]])
    pairs = pairs[np.lexsort((distance, pairs[:, 1]))]
    place = pd.Series(pairs[:, 1]).groupby(pairs[:, 1]).cumcount().to_numpy()
    few = hashed[pairs[place < _CANDIDATES_EACH]]
    return np.column_stack([few, np.zeros(len(few), np.int64)])


def _match_pictures(seen: PhotoFeatures) -> Candidates:
    """The most alike seen photo of another split, of each seen test photo that is not blank."""
    is_shown = np.array([has_details(one) for one in seen.thumbnails], bool)
    is_test = (seen.rows["split"] == "test").to_numpy(bool)
    tests, others = np.flatnonzero(is_test & is_shown), np.flatnonzero(~is_test & is_shown)
    if tests.size == 0 or others.size == 0:
        return np.empty((0, 3), np.int64)
    fixed = _normalize(_shrink_details(seen.thumbnails[others]))
    rows = seen.rows.index.to_numpy(np.int64)
    found = []
    for some in _in_parts(tests):
        details = _shrink_details(seen.thumbnails[some])
        likeness = np.stack(
            [
                _best_of(_normalize(apply_symmetry(details, symmetry)) @ fixed.T)
                for symmetry in range(N_SYMMETRIES)
            ]
        )
        symmetry = likeness[..., 0].argmax(axis=0)
        match = likeness[symmetry, np.arange(len(some)), 1].astype(np.int64)
        found.append(np.column_stack([rows[others[match]], rows[some], symmetry]))
    return np.vstack(found).astype(np.int64)


def _best_of(likeness: NDArray[np.float32]) -> NDArray[np.float64]:
    """(T, 2): the highest value of each row, and its column."""
    return np.column_stack([likeness.max(axis=1), likeness.argmax(axis=1)]).astype(np.float64)


def _shrink_details(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    size = (_SMALL_PX, _SMALL_PX)
    small = [cv2.resize(details_of(one), size, interpolation=cv2.INTER_AREA) for one in thumbnails]
    return np.asarray(small, np.float32)


def _normalize(details: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = details.reshape(len(details), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def _in_parts(places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(places), _ROWS_AT_ONCE):
        yield places[start : start + _ROWS_AT_ONCE]


def _gather_thumbnails(
    rows: pd.DataFrame, seen: PhotoFeatures, candidates: Candidates, most: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Thumbnails of what was seen and of more candidates; place of each row in them, or -1."""
    known = np.full(len(rows), -1, np.int64)
    known[seen.rows.index.to_numpy(np.int64)] = np.arange(len(seen.rows))
    wanted = np.unique(candidates[:, :2])
    more: list[GreyImage] = []
    for row in wanted[known[wanted] < 0][:most]:
        try:
            thumbnail = read_thumbnail(Path(rows["image_path"].iloc[row]))
        except ImageReadError:
            continue
        known[row] = len(seen.rows) + len(more)
        more.append(thumbnail)
    if not more:
        return seen.thumbnails, known
    return np.concatenate([seen.thumbnails, np.stack(more)]), known
