"""Variables of a network or an optimiser as named arrays, and back."""

from collections.abc import Iterable
from typing import Any

import keras

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.array_files import Arrays


def numbered_arrays(prefix: str, variables: Iterable[Any]) -> Arrays:
    """Copy variables to arrays that are named by prefix and number.

    Args:
        prefix: What they belong to.
        variables: In the order of their numbers.

    Returns:
        The arrays, ``<prefix>/0`` and so on.
    """
    return {
        f"{prefix}/{number}": keras.ops.convert_to_numpy(variable)
        for number, variable in enumerate(variables)
    }


def assign_arrays(variables: list[Any], arrays: Arrays, prefix: str) -> None:
    """Give variables the values that ``numbered_arrays`` copied.

    Args:
        variables: In the same order.
        arrays: Of these variables, others of another prefix beside them.
        prefix: What they belong to.

    Raises:
        TrainingError: If number or shapes differ.
    """
    names = [name for name in arrays if name.startswith(f"{prefix}/")]
    shapes = [arrays[f"{prefix}/{number}"].shape for number in range(len(names))]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise TrainingError(
            "A checkpoint must fit the network that goes on from it.",
            received=f"{len(shapes)} arrays for {len(variables)} variables, or of other shapes",
            remedy="Delete the folder `training.unfinished_path` to train from the start.",
        )
    for number, variable in enumerate(variables):
        variable.assign(arrays[f"{prefix}/{number}"])
