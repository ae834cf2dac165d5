"""The Keras backend: seeds, determinism and the device that training runs on."""

import joblib
import keras

from crack_pipeline.training.start import list_devices


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
