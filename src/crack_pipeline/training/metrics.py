"""Metrics that are followed while training; reports compute theirs from whole photos instead."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("crack_pipeline")
class PooledF1(keras.metrics.Metric):
    """F1 of the crack class over all pixels (or photos) of an epoch, at a fixed threshold.

    Without any crack, true or predicted, it is 1.

    Args:
        threshold: Probability from which on a pixel counts as crack.
        name: Name in the logs.
    """

    def __init__(self, threshold: float = 0.5, name: str = "f1", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.threshold = threshold
        self._overlap = self.add_variable((), "zeros", name="overlap")
        self._total = self.add_variable((), "zeros", name="total")

    def update_state(
        self,
        y_true: keras.KerasTensor,
        y_pred: keras.KerasTensor,
        sample_weight: keras.KerasTensor | None = None,
    ) -> None:
        """Add a batch; ``sample_weight`` is not used.

        Args:
            y_true: (N, …, C) targets of {0, 1}; the mask or label is channel 0.
            y_pred: (N, …, 1 + S) probabilities; those of side outputs follow the final one.
            sample_weight: Ignored.
        """
        predicted = ops.cast(y_pred[..., :1] >= self.threshold, self.dtype)
        truth = ops.cast(y_true[..., :1], self.dtype)
        # Each batch is summed exactly; float32 then loses less than 1e-6 of the running total.
        self._overlap.assign_add(ops.sum(predicted * truth))
        self._total.assign_add(ops.sum(predicted) + ops.sum(truth))

    def result(self) -> keras.KerasTensor:
        """F1 so far, a scalar in [0, 1]."""
        empty = self._total == 0
        return ops.where(empty, 1.0, 2 * self._overlap / ops.maximum(self._total, 1.0))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the metric."""
        return {**super().get_config(), "threshold": self.threshold}
