"""Start Keras and its backend without their start-up noise; imports neither until it is called."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


def start_keras() -> None:
    """Import Keras and let its backend find its devices, silently unless that fails.

    TensorFlow's C++ side prints a dozen lines before any log level can be set, so the process's
    standard error is held back for that moment, and shown if an error is raised.
    """
    if "keras" in sys.modules:
        return
    with _held_back_stderr():
        import keras

        keras.distribution.list_devices()
    # Registers the layers of our own, so that saved models can be read.
    import crack_pipeline.models.hairline  # noqa: F401


@contextmanager
def _held_back_stderr() -> Iterator[None]:
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        own = os.dup(_STDERR)
        os.dup2(held_back.fileno(), _STDERR)
        try:
            yield
        except BaseException:
            os.dup2(own, _STDERR)
            held_back.seek(0)
            os.write(_STDERR, held_back.read())
            raise
        finally:
            os.dup2(own, _STDERR)
            os.close(own)
