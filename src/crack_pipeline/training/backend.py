"""The Keras backend: seeds, determinism, the device that training runs on and its precision."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import keras

from crack_pipeline.training.recipe import Precision, TrainingRecipe
from crack_pipeline.training.start import list_devices
from crack_pipeline.types import Task


def backend_name() -> str:
    """Name of the Keras backend in use: tensorflow, jax or torch."""
    return str(keras.backend.backend())


def device_name() -> str:
    """Kind of device that training runs on: gpu (on a Mac mps) where it sees one, else cpu."""
    accelerators = [device for device in list_devices() if not device.startswith("cpu")]
    return accelerators[0].split(":")[0] if accelerators else "cpu"


_MOST_FEEDING_THREADS = 12
"""More get in each other's way: what is left of Python in a batch runs one thread at a time."""


def feeding_threads() -> int:
    """Threads that make batches while the device computes; the batches are the same.

    One where the processor itself trains: more would take what the step needs. An accelerator takes
    a batch in less time than one thread makes it.

    Returns:
        Number of threads, at least 1.
    """
    if device_name() == "cpu":
        return 1
    return max(1, min(_MOST_FEEDING_THREADS, int(joblib.cpu_count()) - 1))


def seed_everything(seed: int, *, deterministic: bool) -> None:
    """Seed Python, NumPy and the backend.

    Args:
        seed: The seed.
        deterministic: On TensorFlow, also choose operations that repeat to the last bit.
    """
    keras.utils.set_random_seed(seed)
    if deterministic and backend_name() == "tensorflow":
        import tensorflow as tf  # only here: other backends train where it is missing

        tf.config.experimental.enable_op_determinism()


_CPUINFO = Path("/proc/cpuinfo")
_PROCESSOR_FLAGS = frozenset({"amx_bf16", "avx512_bf16"})
_FIRST_CAPABILITY = 8.0
"""Compute capability of NVIDIA's Ampere, the first with matrix units for bfloat16."""


def multiplies_bfloat16() -> bool:
    """Tell if training in bfloat16 saves time on the device in use.

    Where it is imitated, a step takes several times as long as in float32, see
    docs/decisions/0018_precision_by_the_device.md. Processors are believed on TensorFlow alone,
    where it was measured.

    Returns:
        True for a TPU, a GPU with such matrix units, and on TensorFlow for a processor with AMX or
        AVX-512 instructions for it.
    """
    kind = device_name()
    if kind == "cpu":
        return backend_name() == "tensorflow" and processor_multiplies_bfloat16(_read_cpuinfo())
    return kind == "tpu" or (kind == "gpu" and _gpu_multiplies_bfloat16())


def processor_multiplies_bfloat16(cpuinfo: str) -> bool:
    """Tell if ``/proc/cpuinfo`` of Linux names instructions that multiply bfloat16.

    Args:
        cpuinfo: Its text; empty where a system has none.
    """
    flags = {
        flag
        for line in cpuinfo.splitlines()
        if line.startswith("flags")
        for flag in line.partition(":")[2].split()
    }
    return not flags.isdisjoint(_PROCESSOR_FLAGS)


def _read_cpuinfo() -> str:
    try:
        return _CPUINFO.read_text()
    except OSError:  # no Linux
        return ""


def _gpu_multiplies_bfloat16() -> bool:
    backend = backend_name()
    if backend == "torch":
        import torch  # only here: other backends train where it is missing

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if backend == "jax":
        import jax

        # "9.0" of NVIDIA; AMD's names are none
        capability = str(getattr(jax.devices()[0], "compute_capability", ""))
        return capability.replace(".", "").isdigit() and float(capability) >= _FIRST_CAPABILITY
    import tensorflow as tf

    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
    major, minor = details.get("compute_capability", (0, 0))
    return float(f"{major}.{minor}") >= _FIRST_CAPABILITY


logger = logging.getLogger(__name__)


def settle_precision(task: Task, recipe: TrainingRecipe) -> TrainingRecipe:
    """Put what the device is good at in place of ``auto``; part of what decides a result.

    Args:
        task: Names the parameter.
        recipe: How to train.

    Returns:
        The recipe with ``mixed_bfloat16`` where the device multiplies it, else with ``float32``; a
        precision that it names stays, with a warning where the device can only imitate it.
    """
    if recipe.precision == "auto":
        settled: Precision = "mixed_bfloat16" if multiplies_bfloat16() else "float32"
        return recipe.model_copy(update={"precision": settled})
    if recipe.precision == "mixed_bfloat16" and not multiplies_bfloat16():
        logger.warning(
            "training.%s.precision=mixed_bfloat16: this %s is not known to multiply bfloat16 "
            "itself; a step may take several times as long as with float32, or with auto",
            task,
            device_name(),
        )
    return recipe


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Build layers that compute in a precision; whatever is built later is not touched.

    Args:
        precision: A Keras dtype policy, so no longer ``auto``. Weights are float32 in each of them.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
