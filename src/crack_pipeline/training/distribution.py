"""One training on several devices or machines; readable without importing Keras.

TensorFlow spreads over the devices of one machine (``mirrored``), JAX over those of one or several
(``data_parallel``). Why these two: docs/decisions/0015_data_parallel_training.md.
"""

import io
import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.array_files import Arrays

PROCESS_VARIABLE = "CRACK_PROCESS"
"""Environment variable with the number of this process, from 0: so that all run one command."""

_ADDRESS = re.compile(r"\S+:\d+")
_BACKENDS = {"mirrored": "tensorflow", "data_parallel": "jax"}


class DistributionSettings(BaseModel, extra="forbid", frozen=True):
    """How a training is spread.

    Attributes:
        strategy: ``none``; ``mirrored`` for TensorFlow's ``MirroredStrategy`` over the devices of
            this machine; ``data_parallel`` for JAX over the devices of all processes.
        devices: Number of devices of this machine to use; None for all of them, as with several
            processes.
        coordinator: ``host:port`` of process 0, where there are several processes.
        processes: Number of processes, one a machine; each runs the same command with its own
            number in the environment variable ``CRACK_PROCESS``.
    """

    strategy: Literal["none", "mirrored", "data_parallel"] = "none"
    devices: int | None = Field(None, ge=1)
    coordinator: str | None = None
    processes: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _nothing_is_left_unused(self) -> Self:
        if self.strategy == "none" and self.devices is not None:
            raise ValueError(
                "devices needs strategy: mirrored or data_parallel, received none; with it devices "
                "must be null"
            )
        if self.processes == 1 and self.coordinator is not None:
            raise ValueError(
                f"coordinator needs processes: 2 or more, received {self.processes}; with one it "
                "must be null"
            )
        return self

    @model_validator(mode="after")
    def _several_processes_need_jax(self) -> Self:
        if self.processes > 1 and self.strategy != "data_parallel":
            raise ValueError(
                f"several processes need strategy: data_parallel, received {self.strategy}"
            )
        if self.processes > 1 and not _ADDRESS.fullmatch(self.coordinator or ""):
            raise ValueError("several processes need coordinator: <host of process 0>:<port>")
        if self.processes > 1 and self.devices is not None:
            raise ValueError(
                "several processes use all devices that each sees (CUDA_VISIBLE_DEVICES hides "
                "some): devices must be null"
            )
        return self

    @property
    def accumulates(self) -> bool:
        """True where gradients can be accumulated over several batches.

        Keras does it in a branch of the graph, within which ``MirroredStrategy`` cannot let its
        devices meet, even where it has one only.
        """
        return self.strategy != "mirrored"

    @property
    def process(self) -> int:
        """Number of this process.

        Raises:
            TrainingError: If there are several and the environment does not say which this is.
        """
        if self.processes == 1:
            return 0
        number = os.environ.get(PROCESS_VARIABLE, "")
        if not number.isdigit() or int(number) >= self.processes:
            raise TrainingError(
                f"{PROCESS_VARIABLE} must be the number of this process, from 0 to "
                f"{self.processes - 1}.",
                received=number or "nothing",
                remedy=f"Start each process with its own, {PROCESS_VARIABLE}=0 kedro run …",
            )
        return int(number)


@dataclass(frozen=True, slots=True)
class Part:
    """The part of each global batch that this process computes.

    Attributes:
        number: Of this process, from 0.
        count: Number of processes.
        multiple: Batches must divide into so many equal parts, one a device of all processes.
    """

    number: int = 0
    count: int = 1
    multiple: int = 1

    @property
    def writes(self) -> bool:
        """True in the process that writes checkpoints, logs and the model."""
        return self.number == 0

    def slice_of(self, batch_size: int) -> slice:
        """Rows of a global batch that are this process's."""
        size = batch_size // self.count
        return slice(self.number * size, (self.number + 1) * size)


WHOLE = Part()
"""All of each batch: one process with one device."""


@contextmanager
def spread(settings: DistributionSettings, batch_size: int) -> Iterator[Part]:
    """Build, compile and fit models on several devices while the context lasts.

    Args:
        settings: How.
        batch_size: Tiles of the global batch.

    Yields:
        What this process computes.

    Raises:
        TrainingError: If the backend is another one, there are too few devices, or the batch does
            not divide among them.
    """
    if settings.strategy == "none":
        yield WHOLE
        return
    require_backend(settings.strategy)
    names = _choose_devices(settings)
    n_devices = len(names) * settings.processes
    if batch_size % n_devices:
        raise TrainingError(
            "A batch must divide evenly among the devices.",
            received=f"batch_size={batch_size}, {n_devices} devices",
            remedy=f"Set the training's batch_size to a multiple of {n_devices}.",
        )
    enter = _mirror if settings.strategy == "mirrored" else _share
    with enter(names, settings):
        yield Part(settings.process, settings.processes, n_devices)


def require_backend(strategy: str, used: str | None = None) -> None:
    """Check that a strategy runs on a backend.

    Args:
        strategy: A strategy.
        used: A backend; None for the one that Keras runs on.

    Raises:
        TrainingError: If it is a strategy of another backend.
    """
    if used is None:
        import keras

        used = str(keras.backend.backend())
    needed = _BACKENDS.get(strategy, used)
    if used != needed:
        raise TrainingError(
            f"training.distribution.strategy={strategy} needs training.backend={needed}.",
            received=f"backend {used}",
            remedy=f"Set training.backend={needed}, or another strategy.",
        )


def _choose_devices(settings: DistributionSettings) -> list[str]:
    import keras

    found = keras.distribution.list_devices()
    accelerators = [name for name in found if not name.startswith("cpu")]
    usable = accelerators or found
    wanted = settings.devices or len(usable) // settings.processes
    if not 1 <= wanted * settings.processes <= len(usable):
        raise TrainingError(
            "training.distribution.devices must be devices that the backend sees.",
            received=f"{wanted} wanted in each of {settings.processes} processes, "
            f"{len(usable)} seen: {', '.join(usable)}",
            remedy="Lower it, or set it to null for all of them.",
        )
    return usable[:wanted]


@contextmanager
def _mirror(names: list[str], settings: DistributionSettings) -> Iterator[None]:
    import tensorflow as tf  # a strategy of TensorFlow's own

    kind = "GPU" if names[0].startswith("gpu") else "CPU"
    devices = [f"/{kind}:{number}" for number in range(len(names))]
    with tf.distribute.MirroredStrategy(devices).scope():
        yield


@contextmanager
def _share(names: list[str], settings: DistributionSettings) -> Iterator[None]:
    import keras

    devices: list[Any] = names
    if settings.processes > 1:
        devices = keras.distribution.list_devices()
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
    )
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


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
