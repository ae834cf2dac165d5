"""The one place where a Keras model becomes a function of arrays; Keras itself is not imported."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import TrainingError
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
        raises ``TrainingError`` where the model's output is not finite.
    """

    def predict_batch(batch: TileBatch) -> NDArray[np.float32]:
        output = np.asarray(model.predict_on_batch(batch), np.float32)
        if output.ndim > 1 and output.shape[-1] == 1:
            output = output[..., 0]
        _require_finite(output)
        return output

    return predict_batch


def _require_finite(output: NDArray[np.float32]) -> None:
    if not np.isfinite(output).all():
        raise TrainingError(
            "A model must give finite probabilities.",
            received=f"{np.count_nonzero(~np.isfinite(output))} of {output.size} values are not",
            remedy="Its training diverged: train again with a lower training learning rate.",
        )
