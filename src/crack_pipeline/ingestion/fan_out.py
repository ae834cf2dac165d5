"""Spread the checking of files over worker processes."""

from collections.abc import Iterator, Sequence

import cv2
import joblib
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.ingestion.checking import FileCheck, check_files
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.progress import track
from crack_pipeline.splits.hashing import THUMBNAIL_PX

Paths = Sequence[tuple[str, str | None]]
Checked = tuple[list[FileCheck], NDArray[np.uint8]]

_FILES_A_CHUNK = 64


def check_in_parallel(
    paths: Paths, *, max_megapixels: float, parallel: ParallelSettings
) -> Checked:
    """Check photos and masks, on all cores where there are many.

    Args:
        paths: Photo and mask, or None where there is no mask.
        max_megapixels: Largest allowed number of pixels, in millions.
        parallel: Number of workers, and from how many files on they are worth starting.

    Returns:
        N checks in the order of the paths, and (N, 64, 64) uint8 thumbnails.
    """
    chunks = [
        paths[start : start + _FILES_A_CHUNK] for start in range(0, len(paths), _FILES_A_CHUNK)
    ]
    in_process = len(paths) < parallel.min_files or parallel.n_jobs == 1
    results = (
        (check_files(chunk, max_megapixels=max_megapixels) for chunk in chunks)
        if in_process
        else _check_in_workers(chunks, max_megapixels, parallel.n_jobs)
    )
    checks: list[FileCheck] = []
    thumbnails = np.empty((len(paths), THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    for chunk_checks, chunk_thumbnails in track(
        results, total=len(chunks), description="Checking photos", unit="batches"
    ):
        thumbnails[len(checks) : len(checks) + len(chunk_checks)] = chunk_thumbnails
        checks.extend(chunk_checks)
    return checks, thumbnails


def _check_in_workers(
    chunks: Sequence[Paths], max_megapixels: float, n_jobs: int
) -> Iterator[Checked]:
    check = joblib.delayed(_check_alone)
    yield from joblib.Parallel(n_jobs=n_jobs, backend="loky", return_as="generator")(
        check(chunk, max_megapixels) for chunk in chunks
    )


def _check_alone(paths: Paths, max_megapixels: float) -> Checked:
    # Each worker has one core to itself: threads of OpenCV would fight for it.
    cv2.setNumThreads(1)
    return check_files(paths, max_megapixels=max_megapixels)
