"""Turn a recipe into optimiser, learning-rate schedule, loss and metrics."""

import math
from typing import Any

import keras

from crack_pipeline.losses.builders import build_loss
from crack_pipeline.task_specs import task_spec
from crack_pipeline.training.metrics import PooledF1
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.training.schedules import RisingRate
from crack_pipeline.types import Task

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
    model.compile(
        optimizer=build_optimizer(recipe, rate),
        loss=_build_formula(recipe) if spec.loss is None else spec.part("loss")(recipe),
        metrics=[PooledF1()] if spec.fit_metrics is None else spec.part("fit_metrics")(),
    )


def _build_formula(recipe: TrainingRecipe) -> keras.losses.Loss:
    return build_loss(
        recipe.loss,
        recipe.loss_settings,
        label_smoothing=recipe.label_smoothing,
        side_weight=recipe.side_weight,
    )


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


def count_steps(n_tiles: int, recipe: TrainingRecipe) -> int:
    """Batches an epoch: what the recipe says, or one pass over the tiles."""
    return recipe.steps_per_epoch or math.ceil(n_tiles / recipe.batch_size)


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
