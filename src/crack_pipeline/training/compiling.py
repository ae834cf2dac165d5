"""Turn a recipe into optimiser, learning-rate schedule, loss and metrics."""

from typing import Any

import keras
from keras import KerasTensor, ops

from crack_pipeline.losses.builders import WeightedSum
from crack_pipeline.task_specs import task_spec
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task


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


_FIRST_SHARE = 0.01
"""Share of the rate that a warm-up starts from, and that cosine ends at."""


def compile_model(
    model: keras.Model,
    recipe: TrainingRecipe,
    *,
    task: Task,
    learning_rate: float,
    epochs: int,
    steps: int,
) -> None:
    """Compile a model for one stage of a training.

    Args:
        model: The model, changed in place; side outputs are joined to one output already.
        recipe: How to train.
        task: What for; it may have a loss or metrics of its own.
        learning_rate: Rate at the start of the stage.
        epochs: Epochs of the stage, for the schedule.
        steps: Batches an epoch.
    """
    spec = task_spec(task)
    rate = schedule_rate(recipe, learning_rate=learning_rate, epochs=epochs, steps=steps)
    formula = WeightedSum(
        recipe.loss,
        recipe.loss_settings,
        label_smoothing=recipe.label_smoothing,
        side_weight=recipe.side_weight,
    )
    model.compile(
        optimizer=build_optimizer(recipe, rate),
        loss=formula if spec.loss is None else spec.part("loss")(recipe),
        metrics=[PooledF1()] if spec.fit_metrics is None else spec.part("fit_metrics")(),
    )
    # TensorFlow would trace the step once more where the first step made these variables.
    model.optimizer.build(model.trainable_variables)


def schedule_rate(
    recipe: TrainingRecipe, *, learning_rate: float, epochs: int, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Learning rate of a stage, as a number or as a function of the step.

    Keras asks a schedule for the rate at a batch, with gradient accumulation too.

    Args:
        recipe: How to train.
        learning_rate: Rate at the start, after the warm-up.
        epochs: Epochs of the stage.
        steps: Batches an epoch.

    Returns:
        A number for ``plateau``, whose callbacks change it, and for ``constant`` without
        warm-up; else a schedule.
    """
    schedule = recipe.schedule
    total = epochs * steps
    warmup_steps = round(schedule.warmup_share * total)
    if schedule.name == "cosine":
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=learning_rate * (_FIRST_SHARE if warmup_steps else 1.0),
            decay_steps=max(1, total - warmup_steps),
            alpha=_FIRST_SHARE,
            warmup_target=learning_rate if warmup_steps else None,
            warmup_steps=warmup_steps,
        )
    if schedule.name == "step":
        return RisingRate(
            learning_rate,
            warmup_steps=warmup_steps,
            decay_steps=schedule.step_epochs * steps,
            decay_rate=schedule.factor,
        )
    if schedule.name == "constant" and warmup_steps:
        return RisingRate(learning_rate, warmup_steps=warmup_steps)
    return learning_rate


def build_optimizer(
    recipe: TrainingRecipe, rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Build the optimiser of a recipe.

    Args:
        recipe: Optimiser, decay, clipping, accumulation and averaging.
        rate: Learning rate.

    Returns:
        The optimiser; float16 gets its loss scaling when a model is compiled with it.
    """
    options: dict[str, Any] = {
        "global_clipnorm": recipe.clip_norm,
        "gradient_accumulation_steps": (
            recipe.accumulation_steps if recipe.accumulation_steps > 1 else None
        ),
    }
    if recipe.ema_momentum is not None:
        # Keras averages at each batch, also at those that only accumulate: per step it is m again.
        momentum = recipe.ema_momentum ** (1 / recipe.accumulation_steps)
        options |= {"use_ema": True, "ema_momentum": momentum}
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **options)
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate, **options)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, **options)
    # Decay pulls kernels towards 0; gains and offsets have no reason to go there.
    optimizer.exclude_from_weight_decay(var_names=["bias", "gain", "gamma", "beta"])
    return optimizer


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
