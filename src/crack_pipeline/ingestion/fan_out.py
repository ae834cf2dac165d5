"""Spread the checking of files over worker processes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import joblib
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.ingestion.checking import FileCheck, FilesToCheck, check_files
from crack_pipeline.ingestion.cluster import dask_workers
from crack_pipeline.ingestion.fingerprint import fingerprint_file
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.progress import track

Checked = tuple[list[FileCheck], NDArray[np.uint8]]

_FILES_A_CHUNK = 64
# Standard error is listened to for a whole process: threads of one worker take turns.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What decides a check besides the files.

    Attributes:
        max_megapixels: Largest allowed number of pixels, in millions.
        repair: How masks are mended.
    """

    max_megapixels: float
    repair: RepairSettings = field(default_factory=RepairSettings)


def check_in_parallel(
    files: Sequence[FilesToCheck], settings: CheckSettings, parallel: ParallelSettings
) -> Iterator[Checked]:
    """Check photos and masks, on all cores where there are many.

    Args:
        files: Photos with their masks.
        settings: What decides a check besides the files.
        parallel: Which workers, and from how many files on they are worth starting.

    Yields:
        Checks of some files and their (n, 64, 64) uint8 thumbnails, in the order of the files; no
        more than a few such batches are in memory at a time.

    Raises:
        ParameterError: If a Dask cluster is asked for and cannot be had.
        SourceError: If its workers do not see the files.
    """
    chunks = [
        files[start : start + _FILES_A_CHUNK] for start in range(0, len(files), _FILES_A_CHUNK)
    ]
    in_process = len(files) < parallel.min_files or (
        parallel.n_jobs == 1 and parallel.backend == "loky"
    )
    results = (_check(chunk, settings) for chunk in chunks)
    yield from track(
        results if in_process else _check_in_workers(chunks, settings, parallel),
        total=len(chunks),
        description="Checking photos",
        unit="batches",
    )


def _check_in_workers(
    chunks: Sequence[Sequence[FilesToCheck]], settings: CheckSettings, parallel: ParallelSettings
) -> Iterator[Checked]:
    on_cluster = parallel.backend == "dask"
    workers = (
        dask_workers(parallel, str(chunks[0][0].image_path))
        if on_cluster
        else nullcontext(parallel.n_jobs)
    )
    check = joblib.delayed(_check_alone)
    with workers as n_jobs:
        backend = None if on_cluster else "loky"
        run = joblib.Parallel(n_jobs=n_jobs, backend=backend, return_as="generator")
        yield from run(check(chunk, settings) for chunk in chunks)


def _check_alone(files: Sequence[FilesToCheck], settings: CheckSettings) -> Checked:
    # Each worker has one core to itself: threads of OpenCV would fight for it.
    cv2.setNumThreads(1)
    with _one_at_a_time:
        return _check(files, settings)


def _check(files: Sequence[FilesToCheck], settings: CheckSettings) -> Checked:
    checks, thumbnails = check_files(
        files, max_megapixels=settings.max_megapixels, repair=settings.repair
    )
    return [_digest_repaired(check) for check in checks], thumbnails


def _digest_repaired(check: FileCheck) -> FileCheck:
    """Of a mask that was written anew its own digest counts: settings of repair change it."""
    if check.repaired_mask is None:
        return check
    return replace(check, mask_sha256=fingerprint_file(Path(check.repaired_mask)))
