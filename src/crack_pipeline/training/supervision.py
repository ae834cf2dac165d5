"""Deep supervision: side outputs that are trained, and left out of the model that is kept."""

import keras

from crack_pipeline.models.builders import ModelSettings, build_model
from crack_pipeline.task_specs import task_spec
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import Task


def build_supervised(
    task: Task, settings: ModelSettings, recipe: TrainingRecipe, *, input_px: int
) -> keras.Model:
    """Build a network as it is trained.

    Args:
        task: What it is for.
        settings: Which network.
        recipe: Whether side outputs are trained.
        input_px: Side of the input in px.

    Returns:
        A model with one output: (N, T, T, 1 + S) with S side outputs behind the final one, or
        the network's own.

    Raises:
        ParameterError: If side outputs are asked of a network without.
        WeightsError: If starting weights do not fit.
    """
    spec = task_spec(task)
    if spec.network is not None:
        return spec.part("network")(settings, input_px=input_px)
    sided = recipe.side_weight > 0
    model = build_model(task, settings, input_px=input_px, side_outputs=sided)
    if not sided:
        return model
    joined = keras.layers.Concatenate(dtype="float32", name="all_depths")(model.outputs)
    return keras.Model(model.inputs[0], joined, name=model.name)


def final_part(supervised: keras.Model, recipe: TrainingRecipe) -> keras.Model:
    """The part of a trained network that is kept: input to final crack probability.

    Args:
        supervised: From ``build_supervised``.
        recipe: The same.

    Returns:
        A model of the same weights, without the joint and the side outputs.
    """
    if recipe.side_weight == 0:
        return supervised
    final = supervised.get_layer("all_depths").input[0]
    return keras.Model(supervised.inputs[0], final, name=supervised.name)
