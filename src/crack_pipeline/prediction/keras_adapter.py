"""The one place where a Keras model becomes a function of arrays; Keras itself is not imported."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import TrainingError
from crack_pipeline.memory import is_exhaustion
from crack_pipeline.prediction.photo import PredictBatch, TileBatch


class BatchModel(Protocol):
    """What is asked of a model: ``keras.Model`` has it, and so has a small stand-in."""

    def predict_on_batch(self, x: Any) -> Any:
        """Give the output for one batch."""


def make_predict_batch(model: BatchModel) -> PredictBatch:
    """Turn a model into a function from uint8 batches to probabilities.

    Each call runs the graph that the model compiled once, in inference mode, so nothing is
    traced anew for batches of one shape and equal batches give equal results on a CPU.

    Args:
        model: Takes (N, H, W, 3), 0–255; ends in a sigmoid of one channel.

    Returns:
        Gives (N, T, T) float32 for a segmentation model and (N,) for a classification model;
        raises ``TrainingError`` where the model's output is not finite, or memory is not enough.
    """

    def predict_batch(batch: TileBatch) -> NDArray[np.float32]:
        with _explain_exhaustion(batch):
            output = np.asarray(model.predict_on_batch(batch), np.float32)
        if output.ndim > 1 and output.shape[-1] == 1:
            output = output[..., 0]
        _require_finite(output)
        return output

    return predict_batch


@contextmanager
def _explain_exhaustion(batch: TileBatch) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_exhaustion(error):
            raise
        n_inputs, side = batch.shape[:2]
        smaller = f"set `batch_size` in its model_info.json to {max(1, n_inputs // 2)} or less, or "
        raise TrainingError(
            "A batch must fit into memory while it is predicted, too.",
            received=f"{n_inputs} inputs of {side} px; {type(error).__name__}",
            remedy=f"For this model, {smaller if n_inputs > 1 else ''}take a machine with more "
            "memory; else train one of smaller tiles or fewer parameters.",
        ) from error


def _require_finite(output: NDArray[np.float32]) -> None:
    if not np.isfinite(output).all():
        raise TrainingError(
            "A model must give finite probabilities.",
            received=f"{np.count_nonzero(~np.isfinite(output))} of {output.size} values are not",
            remedy="Its training diverged: train again with a lower training learning rate.",
        )
