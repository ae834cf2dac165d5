"""Cost of a trained network: operations, and time on this machine's processor."""

import statistics
import time
from typing import Any

import joblib
import numpy as np

_ROUNDS = 7
_BATCH = 8


def measure_cost(model: Any, input_px: int) -> dict[str, float]:
    """Count a network's operations and time it on one tile and on a batch.

    Args:
        model: A Keras model, float32.
        input_px: Side of its input in px.

    Returns:
        ``flops`` of a tile; ``ms_a_tile`` on the processor, alone and ``…_in_batch`` of eight,
        medians of seven after two for warming up; ``cores`` that it could use.
    """
    import keras

    from crack_pipeline.models.layers import count_flops

    tiles = np.random.default_rng(0).integers(0, 256, (_BATCH, input_px, input_px, 3), np.uint8)
    with keras.device("cpu"):  # a copy there: the network itself may lie on a GPU
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return {
            "flops": float(count_flops(model, input_px)),
            "ms_a_tile": _time(copy, tiles[:1]),
            "ms_a_tile_in_batch": _time(copy, tiles) / _BATCH,
            "cores": float(joblib.cpu_count()),
        }


def _time(model: Any, batch: np.ndarray) -> float:
    model.predict_on_batch(batch)
    model.predict_on_batch(batch)
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        model.predict_on_batch(batch)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)
