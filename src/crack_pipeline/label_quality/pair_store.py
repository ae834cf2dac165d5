"""Measure the pairs of a manifest, opening only files that are new or changed."""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crack_pipeline.errors import DamagedError, ImageReadError
from crack_pipeline.label_quality.pair_features import (
    FEATURE_NAMES,
    FEATURE_VERSION,
    PairFeatures,
    measure_files,
)
from crack_pipeline.progress import spread, track
from crack_pipeline.storage import (
    FINISHED_MARKER,
    explain_write_errors,
    read_marker,
    write_aside,
    write_marker,
)

logger = logging.getLogger(__name__)

Paths = Sequence[tuple[str, str]]

_PAIRS_A_CHUNK = 16
_LEAST_FOR_WORKERS = 48


def measure_pairs(photos: pd.DataFrame, store: Path, *, n_jobs: int) -> pd.DataFrame:
    """Measure every photo that has a mask.

    Args:
        photos: Usable rows of a manifest.
        store: Parquet file where measurements are kept from one run to the next.
        n_jobs: Worker processes; -1 is one a core.

    Returns:
        One row a photo with a mask, index from 0: ``image_id``, ``source``, ``split`` and
        ``FEATURE_NAMES``.

    Raises:
        ImageReadError: If a photo has gone or become unreadable since it was ingested.
        MaskError: If a mask has.
        StorageError: If the measurements cannot be kept.
    """
    pairs = photos[photos["mask_path"].notna()].reset_index(drop=True)
    columns = pairs[["image_path", "mask_path"]].itertuples(index=False)
    keys = pd.Series([_identify(*paths) for paths in columns], index=pairs.index, dtype="string")
    features = _recall(store).reindex(keys).reset_index(drop=True)
    is_new = features["masked_share"].isna().to_numpy()
    if is_new.any():
        new = pairs.loc[is_new, ["image_path", "mask_path"]]
        measured = _measure_all(list(new.itertuples(index=False, name=None)), n_jobs)
        features.loc[is_new] = pd.DataFrame(measured, index=new.index)[list(FEATURE_NAMES)]
        _keep(store, features.set_axis(keys))
    logger.info("Measured %d pairs, %d of them new or changed", len(pairs), int(is_new.sum()))
    return pairs[["image_id", "source", "split"]].join(features)


def _identify(*paths: str) -> str:
    digest = hashlib.sha1(f"version {FEATURE_VERSION}".encode(), usedforsecurity=False)
    for path in paths:
        try:
            stat = Path(path).stat()
        except OSError as error:
            raise ImageReadError(
                "A photo and its mask must be where ingestion found them.",
                received=f"{error.strerror or error}: {path}",
                remedy="Run `kedro run --pipeline=ingest` again.",
            ) from error
        digest.update(f"\n{path}\n{stat.st_size}\n{stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def _recall(store: Path) -> pd.DataFrame:
    """Kept measurements by key; none where the file is missing, damaged or changed."""
    try:
        read_marker(_marker_of(store))
        kept = pd.read_parquet(store)[list(FEATURE_NAMES)]
    except (OSError, ValueError, KeyError, DamagedError):
        return pd.DataFrame(columns=list(FEATURE_NAMES), dtype=np.float64)
    return kept[~kept.index.duplicated()]


def _keep(store: Path, features: pd.DataFrame) -> None:
    with explain_write_errors("The review keeps what it measured.", store.parent):
        write_aside(store, features.to_parquet)
        write_marker(_marker_of(store), str(FEATURE_VERSION), [store])


def _marker_of(store: Path) -> Path:
    return store.with_suffix(f".{FINISHED_MARKER}")


def _measure_all(paths: Paths, n_jobs: int) -> list[PairFeatures]:
    chunks = [
        paths[start : start + _PAIRS_A_CHUNK] for start in range(0, len(paths), _PAIRS_A_CHUNK)
    ]
    results = spread(
        _measure_chunk, chunks, n_jobs=1 if len(paths) < _LEAST_FOR_WORKERS else n_jobs
    )
    tracked = track(results, total=len(chunks), description="Measuring pairs", unit="batches")
    return [features for chunk in tracked for features in chunk]


def _measure_chunk(paths: Paths) -> list[PairFeatures]:
    return [measure_files(Path(image), Path(mask)) for image, mask in paths]
