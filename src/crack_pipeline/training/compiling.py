"""Turn a recipe into optimiser, learning-rate schedule, loss and metrics."""

import math

import keras

from crack_pipeline.losses.overlap import LOSSES
from crack_pipeline.training.metrics import PooledF1
from crack_pipeline.training.recipe import TrainingRecipe


def compile_model(
    model: keras.Model, recipe: TrainingRecipe, *, learning_rate: float, epochs: int, steps: int
) -> None:
    """Compile a model for one stage of a training.

    Args:
        model: The model, changed in place.
        recipe: How to train.
        learning_rate: Rate at the start of the stage.
        epochs: Epochs of the stage, for the schedule.
        steps: Batches an epoch.
    """
    rate = schedule_rate(recipe, learning_rate=learning_rate, epochs=epochs, steps=steps)
    model.compile(
        optimizer=_build_optimizer(recipe, rate),
        loss=LOSSES[recipe.loss](),
        metrics=[PooledF1()],
    )


def schedule_rate(
    recipe: TrainingRecipe, *, learning_rate: float, epochs: int, steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Learning rate of a stage, as a number or as a function of the step.

    Args:
        recipe: How to train.
        learning_rate: Rate at the start, after the warm-up.
        epochs: Epochs of the stage.
        steps: Batches an epoch.

    Returns:
        A number for ``constant`` and ``plateau`` (whose callback lowers it), else a schedule.
    """
    schedule = recipe.schedule
    if schedule.name == "cosine":
        warmup_steps = round(schedule.warmup_share * epochs * steps)
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=learning_rate / 100 if warmup_steps else learning_rate,
            decay_steps=max(1, epochs * steps - warmup_steps),
            alpha=0.01,
            warmup_target=learning_rate if warmup_steps else None,
            warmup_steps=warmup_steps,
        )
    if schedule.name == "step":
        return keras.optimizers.schedules.ExponentialDecay(
            learning_rate,
            decay_steps=schedule.step_epochs * steps,
            decay_rate=schedule.factor,
            staircase=True,
        )
    return learning_rate


def count_steps(n_tiles: int, recipe: TrainingRecipe) -> int:
    """Batches an epoch: what the recipe says, or one pass over the tiles."""
    return recipe.steps_per_epoch or math.ceil(n_tiles / recipe.batch_size)


def _build_optimizer(
    recipe: TrainingRecipe, rate: float | keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    if recipe.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    if recipe.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    return keras.optimizers.Adam(rate)
