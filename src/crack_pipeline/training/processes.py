"""Several processes of one training: they meet, share what the first one keeps, and part again.

JAX only, since only its strategy has several processes; nothing here is called for one process.
"""

import io
import logging
import socket
import time

import numpy as np

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.array_files import Arrays
from crack_pipeline.training.distribution import DistributionSettings, require_backend

logger = logging.getLogger(__name__)

_SECONDS_TO_MEET = 300.0
_SECONDS_BETWEEN_TRIES = 1.0


def join_processes(settings: DistributionSettings) -> None:
    """Meet the other processes; must come before JAX looks at its devices.

    Args:
        settings: With several processes; does nothing for one.

    Raises:
        TrainingError: If they do not meet, or the backend is not JAX.
    """
    if settings.processes == 1:
        return
    require_backend(settings.strategy)
    import jax
    import keras

    if jax.distributed.is_initialized():
        return
    number, address = settings.process, str(settings.coordinator)
    if number:
        await_coordinator(address, seconds=_SECONDS_TO_MEET)
    else:
        logger.info(
            "Waiting at %s for the other %d processes; JAX ends this one if they have not come "
            "after five minutes",
            address,
            settings.processes - 1,
        )
    jax.config.update("jax_cpu_collectives_implementation", "gloo")  # type: ignore[no-untyped-call]
    try:
        keras.distribution.initialize(address, settings.processes, number)
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            "All processes of a training must meet at its coordinator.",
            received=f"{address}, process {number} of {settings.processes}: "
            f"{str(error).splitlines()[0][:200]}",
            remedy="Give the address of process 0 and a port that is free there, and start each "
            "in a Python process of its own.",
        ) from error


def await_coordinator(address: str, *, seconds: float) -> None:
    """Wait until process 0 can be reached; JAX itself would abort without an error of Python's.

    Args:
        address: Its ``host:port``.
        seconds: How long.

    Raises:
        TrainingError: If it cannot be reached in that time.
    """
    host, _, port = address.rpartition(":")
    logger.info("Waiting for process 0 at %s", address)
    end = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=5):
                return
        except OSError as error:
            if time.monotonic() >= end:
                raise TrainingError(
                    "Every process must reach training.distribution.coordinator.",
                    received=f"{address}: {error}",
                    remedy="Start process 0 on that host within five minutes of the others, and "
                    "open the port to all machines.",
                ) from error
        time.sleep(_SECONDS_BETWEEN_TRIES)


def leave_processes(settings: DistributionSettings) -> None:
    """Part from the other processes, so that each may end in its own time.

    Without it the others wait for the end of process 0, which saves and draws, and after five
    minutes JAX ends all of them.

    Args:
        settings: With several processes; does nothing for one.
    """
    if settings.processes == 1:
        return
    import jax

    jax.distributed.shutdown()  # type: ignore[no-untyped-call]


def require_same_job(key: str) -> None:
    """Check that all processes train the same on the same data; every one of them must call it.

    Args:
        key: Of this process's job.

    Raises:
        TrainingError: If it is not the job of process 0.
    """
    shared = share_arrays({"key": np.frombuffer(key.encode(), np.uint8)}) or {}
    first = shared["key"].tobytes().decode()
    if first != key:
        raise TrainingError(
            "All processes of a training need equal tiles, parameters, weights and code.",
            received=f"job {key[:16]} here, {first[:16]} in process 0",
            remedy="Start all with the same command; copy project and data from process 0.",
        )


def share_arrays(arrays: Arrays | None) -> Arrays | None:
    """Give the arrays of process 0 to all processes; every one of them must call it.

    Args:
        arrays: Of process 0, less than 4 GiB; what the others give is left alone.

    Returns:
        The arrays of process 0, or its None.
    """
    from jax.experimental.multihost_utils import broadcast_one_to_all

    content = b"" if arrays is None else _pack(arrays)
    size = int(broadcast_one_to_all(np.uint32(len(content))))
    if size == 0:
        return None
    is_own = len(content) == size
    own = np.frombuffer(content, np.uint8) if is_own else np.zeros(size, np.uint8)
    with np.load(io.BytesIO(np.asarray(broadcast_one_to_all(own)).tobytes())) as archive:
        return {name: archive[name] for name in archive.files}


def _pack(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()
