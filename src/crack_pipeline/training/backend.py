"""The Keras backend: seeds, determinism and the device that training runs on."""

import keras


def backend_name() -> str:
    """Name of the Keras backend in use: tensorflow, jax or torch."""
    return str(keras.backend.backend())


def device_name() -> str:
    """Kind of device that training runs on: gpu where the backend sees one, else cpu."""
    accelerators = [
        device for device in keras.distribution.list_devices() if not device.startswith("cpu")
    ]
    return accelerators[0].split(":")[0] if accelerators else "cpu"


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
