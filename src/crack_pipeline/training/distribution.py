"""One training on several devices or machines; readable without importing Keras.

TensorFlow spreads over the devices of one machine (``mirrored``), JAX over those of one or several
(``data_parallel``). Why these two: docs/decisions/0015_data_parallel_training.md.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crack_pipeline.errors import TrainingError

PROCESS_VARIABLE = "CRACK_PROCESS"
"""Environment variable with the number of this process, from 0: so that all run one command."""

_ADDRESS = re.compile(r"\S+:\d+")
_BACKENDS = {"mirrored": "tensorflow", "data_parallel": "jax"}


class DistributionSettings(BaseModel):
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

    model_config = ConfigDict(extra="forbid", frozen=True)

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
