"""Learning rates that Keras has no schedule for."""

from typing import Any

import keras
from keras import KerasTensor, ops


@keras.saving.register_keras_serializable("crack_pipeline")
class RisingRate(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises linearly from a hundredth, then stays, or falls in steps.

    Args:
        rate: The rate after the warm-up.
        warmup_steps: Steps of the warm-up; 0 for none.
        decay_steps: Steps from the start between two falls; None stays.
        decay_rate: Factor of each fall.
    """

    def __init__(
        self,
        rate: float,
        *,
        warmup_steps: int = 0,
        decay_steps: int | None = None,
        decay_rate: float = 1.0,
    ) -> None:
        self.rate = rate
        self.warmup_steps = warmup_steps
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate

    def __call__(self, step: KerasTensor) -> KerasTensor:
        """Rate at a step, from 0."""
        step = ops.cast(step, "float32")
        rate = ops.convert_to_tensor(self.rate, "float32")
        if self.decay_steps:
            rate = rate * self.decay_rate ** ops.floor(step / self.decay_steps)
        if not self.warmup_steps:
            return rate
        return rate * (0.01 + 0.99 * ops.minimum(step / self.warmup_steps, 1.0))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the schedule."""
        return {
            "rate": self.rate,
            "warmup_steps": self.warmup_steps,
            "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate,
        }


class EpochWarmUp(keras.callbacks.Callback):
    """Raise the rate from epoch to epoch, for schedules that change it between epochs only.

    Stateless: the rate is a function of the epoch, so a training that goes on needs no more.

    Args:
        rate: The rate after the warm-up.
        epochs: Epochs of the warm-up; the first one after it has the whole rate.
    """

    def __init__(self, rate: float, epochs: int) -> None:
        super().__init__()
        self._rate = rate
        self._epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set the rate while the warm-up lasts."""
        if epoch <= self._epochs:
            self.model.optimizer.learning_rate = self._rate * (epoch + 1) / (self._epochs + 1)
