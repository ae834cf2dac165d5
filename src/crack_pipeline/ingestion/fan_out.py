"""Check files in worker processes of this machine or of a Dask cluster."""

import importlib
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import joblib
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.ingestion.checking import (
    Checked,
    CheckSettings,
    FileCheck,
    FilesToCheck,
    check_files,
)
from crack_pipeline.ingestion.results import fingerprint_file
from crack_pipeline.progress import WorkerCount, spread, track


class ParallelSettings(BaseModel):
    """Worker processes for work that is done file by file.

    Attributes:
        backend: loky starts processes on this machine; dask hands the work to a Dask cluster.
        address: Of the cluster's scheduler, such as tcp://host:8786; None starts a cluster on this
            machine. Used by dask only.
        n_jobs: Processes; -1 is one a core. A cluster that runs already has its own number.
        min_files: Below this number of files no workers are started: that takes seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: Literal["loky", "dask"] = "loky"
    address: str | None = None
    n_jobs: WorkerCount = -1
    min_files: int = Field(200, ge=0)


_ADDRESS = re.compile(r"(?:[a-z+]+://)?(?:\[[^\]\s]+\]|[^\s/:\[\]]+)(?::\d+)?(?:/\S*)?")
_CONNECTING_S = 5
_STARTING_S = 60
_RULE = "`ingestion.parallel.address` must be the scheduler of a Dask cluster that answers."


@contextmanager
def dask_workers(parallel: ParallelSettings, *examples: str) -> Iterator[int]:
    """Let joblib hand its work to a Dask cluster.

    Args:
        parallel: Address of the scheduler, or none to start a cluster on this machine.
        *examples: Files that each worker must be able to read.

    Yields:
        The number of worker threads.

    Raises:
        ParameterError: If Dask is not installed, or no scheduler or no worker answers.
        SourceError: If a worker does not see the file, or has another installation.
    """
    with _connected(parallel) as client:
        _require_workers(client, parallel)
        for example in examples:
            _require_same_files(client, example)
        with joblib.parallel_config("dask", client=client):
            yield sum(client.nthreads().values())


@contextmanager
def _connected(parallel: ParallelSettings) -> Iterator[Any]:
    distributed = _import_distributed()
    if parallel.address is not None:
        with _reach(distributed, parallel.address) as client:
            yield client
        return
    n_workers = joblib.cpu_count() if parallel.n_jobs == -1 else parallel.n_jobs
    # One thread a worker: what codecs say is heard for a whole process.
    cluster = distributed.LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.ERROR,
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


def _import_distributed() -> Any:
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise ParameterError(
            "`ingestion.parallel.backend=dask` needs the extra dask.",
            received=f"no module {error.name}",
            remedy="pip install 'crack-pipeline[dask]', or in the project's folder "
            "pip install --editable '.[dask]'; or set ingestion.parallel.backend=loky.",
        ) from error


def _reach(distributed: Any, address: str) -> Any:
    if not _ADDRESS.fullmatch(address):
        raise _unreachable(address, "no address of a host")  # Dask may wait long for such a one
    try:
        return distributed.Client(address, timeout=_CONNECTING_S, set_as_default=False)
    # What Dask says of malformed addresses too, and where its own loop does not start in time.
    except (OSError, ValueError, TypeError, AssertionError) as error:
        answer = str(error).splitlines()[0] if str(error) else "no answer"
        raise _unreachable(address, answer) from error


def _unreachable(address: str, answer: str) -> ParameterError:
    return ParameterError(
        _RULE,
        received=f"{address}: {answer}",
        remedy="Start one with `dask scheduler`, correct the address (tcp://host:8786), or set "
        "ingestion.parallel.address=null for a cluster on this machine.",
    )


def _require_workers(client: Any, parallel: ParallelSettings) -> None:
    try:
        client.wait_for_workers(1, timeout=_CONNECTING_S if parallel.address else _STARTING_S)
    except TimeoutError as error:
        raise ParameterError(
            _RULE,
            received=f"{client.scheduler_info()['address']} without any worker",
            remedy="Start workers with `dask worker <address> --nthreads 1`.",
        ) from error


def _require_same_files(client: Any, example: str) -> None:
    try:
        sees = client.run(can_read, example)
    except Exception as error:  # whatever a worker's installation lacks
        raise SourceError(
            "Each Dask worker needs crack_pipeline in the version of this machine.",
            received=f"{type(error).__name__}: {error}",
            remedy="Install the same project on the workers, or start them from its environment.",
        ) from error
    blind = sorted(worker for worker, can in sees.items() if not can)
    if blind:
        raise SourceError(
            "Each Dask worker must see photos, models and results under the path of this machine.",
            received=f"{example}, which {', '.join(blind[:3])} "
            f"({len(blind)} of {len(sees)} workers) cannot read",
            remedy="Put them on a drive that all machines share, and name it in the parameters.",
        )


def can_read(path: str) -> bool:
    """True where this worker can read the file."""
    return os.access(path, os.R_OK)


_FILES_A_CHUNK = 64
# Standard error is listened to for a whole process: threads of one worker take turns.
_one_at_a_time = threading.Lock()


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
    check = partial(_check, settings=settings)
    if len(files) < parallel.min_files:
        results: Iterator[Checked] = map(check, chunks)
    elif parallel.backend == "loky":
        results = spread(check, chunks, n_jobs=parallel.n_jobs)
    else:
        results = _check_on_cluster(check, chunks, parallel)
    yield from track(results, total=len(chunks), description="Checking photos", unit="batches")


def _check_on_cluster(
    check: Callable[[Sequence[FilesToCheck]], Checked],
    chunks: Sequence[Sequence[FilesToCheck]],
    parallel: ParallelSettings,
) -> Iterator[Checked]:
    with dask_workers(parallel, chunks[0][0].image_path) as n_jobs:
        yield from spread(check, chunks, n_jobs=n_jobs, backend=None)


def _check(files: Sequence[FilesToCheck], settings: CheckSettings) -> Checked:
    with _one_at_a_time:
        checks, thumbnails = check_files(files, settings)
    return [_digest_repaired(check) for check in checks], thumbnails


def _digest_repaired(check: FileCheck) -> FileCheck:
    """Of a mask that was written anew its own digest counts: settings of repair change it."""
    if check.repaired_mask is None:
        return check
    return replace(check, mask_sha256=fingerprint_file(Path(check.repaired_mask)))
