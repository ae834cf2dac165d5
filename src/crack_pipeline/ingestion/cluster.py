"""Connect to a Dask cluster, and make sure that its workers see what they are to open."""

import importlib
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.ingestion.settings import ParallelSettings

_ADDRESS = re.compile(r"(?:[a-z+]+://)?(?:\[[^\]\s]+\]|[^\s/:\[\]]+)(?::\d+)?(?:/\S*)?")
_CONNECTING_S = 5
_STARTING_S = 60
_RULE = "`ingestion.parallel.address` must be the scheduler of a Dask cluster that answers."


@contextmanager
def dask_workers(parallel: ParallelSettings, example: str) -> Iterator[int]:
    """Let joblib hand its work to a Dask cluster.

    Args:
        parallel: Address of the scheduler, or none to start a cluster on this machine.
        example: A file that each worker must be able to read.

    Yields:
        The number of worker threads.

    Raises:
        ParameterError: If Dask is not installed, or no scheduler or no worker answers.
        SourceError: If a worker does not see the file, or has another installation.
    """
    with _connected(parallel) as client:
        _require_workers(client, parallel)
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
            "Each Dask worker must see the photos under the same path as this machine.",
            received=f"{example}, which {', '.join(blind[:3])} "
            f"({len(blind)} of {len(sees)} workers) cannot read",
            remedy="Put the photos on a drive that all machines share, and name it in "
            "`ingestion.path`.",
        )


def can_read(path: str) -> bool:
    """Whether a file can be read here; asked of each worker."""
    return os.access(path, os.R_OK)
