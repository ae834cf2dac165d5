"""Functions in the place of networks."""

from collections.abc import Callable

import numpy as np

from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.model_info import ModelInfo


class FunctionNetwork:
    """A network that is a function of a batch."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self.predict_on_batch = function


def bundle_of(function: Callable[[np.ndarray], np.ndarray], info: ModelInfo) -> ModelBundle:
    """A bundle without decision around a function of a batch."""
    return ModelBundle(FunctionNetwork(function), info)
