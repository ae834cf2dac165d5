"""Losses of probability maps and of single probabilities, on any Keras backend."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from crack_pipeline.losses.names import LossName


@keras.saving.register_keras_serializable("crack_pipeline")
class BatchDice(keras.losses.Loss):
    """One minus the soft Dice of all pixels of a batch together.

    Pooling over the batch keeps tiles without crack from dominating: alone they would have a Dice
    of zero whatever is predicted. A batch without any crack and any prediction has a loss of 0.

    Source:
        Milletari, Navab, Ahmadi (2016), V-Net, arXiv:1606.04797, with sums instead of squares.
    """

    def __init__(self, smooth: float = 1.0, name: str = "dice", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.smooth = smooth

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Compute the loss.

        Args:
            y_true: (N, …) targets of {0, 1}.
            y_pred: (N, …) probabilities.

        Returns:
            Scalar loss in [0, 1].
        """
        y_true = ops.cast(y_true, y_pred.dtype)
        overlap = ops.sum(y_true * y_pred)
        total = ops.sum(y_true) + ops.sum(y_pred)
        return 1.0 - (2.0 * overlap + self.smooth) / (total + self.smooth)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return {**super().get_config(), "smooth": self.smooth}


@keras.saving.register_keras_serializable("crack_pipeline")
class BceDice(keras.losses.Loss):
    """Mean binary cross-entropy plus the soft Dice loss of the batch.

    The cross-entropy gives every pixel a gradient and calibrates; the Dice part counters that
    cracks cover a few per cent of the pixels.
    """

    def __init__(self, dice_weight: float = 1.0, name: str = "bce_dice", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.dice_weight = dice_weight
        self._dice = BatchDice()

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Compute the loss.

        Args:
            y_true: (N, …) targets of {0, 1}.
            y_pred: (N, …) probabilities.

        Returns:
            Scalar loss.
        """
        cross_entropy = ops.mean(keras.losses.binary_crossentropy(y_true, y_pred))
        return cross_entropy + self.dice_weight * self._dice.call(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return {**super().get_config(), "dice_weight": self.dice_weight}


LOSSES: dict[LossName, Callable[[], keras.losses.Loss]] = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "dice": BatchDice,
    "bce_dice": BceDice,
}
"""Every loss by its name."""
