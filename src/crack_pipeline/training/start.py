"""Start Keras and its backend without their start-up noise; imports neither until it is called."""

import os
import sys
from importlib.util import find_spec
from typing import Literal

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.noise import hold_back_stderr
from crack_pipeline.training.distribution import DistributionSettings, join_processes
from crack_pipeline.wording.suggestions import suggest_name

_TORCH_DEVICE_VARIABLE = "KERAS_TORCH_DEVICE"  # by which Keras chooses the device of PyTorch
_DEVICE_VARIABLE = "CRACK_DEVICE"
_EXTRAS = {"tensorflow": ".", "jax": '".[jax]"', "torch": '".[torch]"'}
_FOR_GPU = {
    "tensorflow": "Install the extra `gpu`",
    "jax": "Install `jax[cuda12]`",
    "torch": "Install a build of PyTorch for your card",
}

Backend = Literal["tensorflow", "jax", "torch"]
Device = Literal["auto", "cpu", "gpu"]


def choose_backend(backend: Backend | None, device: Device) -> None:
    """Choose what Keras will compute with; child processes take the same.

    Args:
        backend: None leaves the environment variable ``KERAS_BACKEND``, or TensorFlow.
        device: ``cpu`` hides accelerators; ``gpu`` refuses to start without one.

    Raises:
        ParameterError: If the environment names a backend that cannot train.
        TrainingError: If the backend is not installed, or Keras runs on another one already.
    """
    chosen = intended_backend(backend)
    if find_spec(chosen) is None:
        raise TrainingError(
            "training.backend must be installed.",
            received=chosen,
            remedy=f"pip install --constraint constraints.txt --editable "
            f"{_EXTRAS[chosen]}, or choose another backend.",
        )
    running = sys.modules.get("keras")
    if running is not None and running.backend.backend() != chosen:
        raise TrainingError(
            "Keras computes with one backend a process.",
            received=f"training.backend={chosen}, Keras runs on {running.backend.backend()}",
            remedy="Start a process of its own for it.",
        )
    os.environ["KERAS_BACKEND"] = chosen
    os.environ[_DEVICE_VARIABLE] = device
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ[_TORCH_DEVICE_VARIABLE] = "cpu"


def intended_backend(backend: Backend | None) -> str:
    """The backend that is to be used, by parameter or environment.

    Args:
        backend: From the parameters; None leaves it to the environment.

    Returns:
        Its name.

    Raises:
        ParameterError: If the environment names a backend that cannot train.
    """
    chosen = backend or os.environ.get("KERAS_BACKEND") or "tensorflow"
    if chosen not in _EXTRAS:
        raise ParameterError(
            "The environment variable KERAS_BACKEND must name a backend that trains.",
            received=chosen,
            remedy=suggest_name(chosen, _EXTRAS),
        )
    return chosen


def start_keras(distribution: DistributionSettings | None = None) -> None:
    """Import Keras and let its backend find its devices, silently unless that fails.

    TensorFlow's C++ side prints a dozen lines before any log level can be set, so the process's
    standard error is held back for that moment, and shown if an error is raised.

    Args:
        distribution: Of a training on several machines: they meet before devices are looked for.

    Raises:
        TrainingError: If a GPU was asked for and none is there, or machines do not meet.
    """
    with hold_back_stderr():
        import keras
    if distribution is not None:
        join_processes(distribution)  # not held back: JAX says why it ends a process and ends it
    with hold_back_stderr():
        devices = list_devices()
    # Registers the layers of all networks, so that saved models can be read.
    import crack_pipeline.models.builders  # noqa: F401

    _require_device(str(keras.backend.backend()), devices)


def list_devices() -> list[str]:
    """Devices that the backend sees, as ``gpu:0`` or ``cpu:0``; Keras cannot list PyTorch's."""
    import keras

    if keras.backend.backend() != "torch":
        return [str(device) for device in keras.distribution.list_devices()]
    import torch  # only here, as it may be missing

    if os.environ.get(_TORCH_DEVICE_VARIABLE, "").startswith("cpu"):
        return ["cpu:0"]
    if torch.cuda.is_available():
        return [f"gpu:{number}" for number in range(torch.cuda.device_count())]
    return ["mps:0"] if torch.backends.mps.is_available() else ["cpu:0"]


def _require_device(backend: str, seen: list[str]) -> None:
    if os.environ.get(_DEVICE_VARIABLE) != "gpu" or any(not d.startswith("cpu") for d in seen):
        return
    raise TrainingError(
        "training.device=gpu needs a GPU that the backend sees.",
        received=f"{backend} sees {', '.join(seen)}",
        remedy=f"{_FOR_GPU[backend]} and the driver (docs/how_to/run_on_a_gpu.md), or set "
        "training.device to auto.",
    )
