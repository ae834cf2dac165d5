"""A network as a function of arrays. Keras is imported only when a saved network is loaded."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, StorageError, TrainingError
from crack_pipeline.memory import is_out_of_memory
from crack_pipeline.noise import hold_back_stderr
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import PredictBatch, TileBatch

logger = logging.getLogger(__name__)

_FIT_AGAIN = (
    "Run `kedro run --pipeline=fit`, with the same --env and --params, to train it again, or take "
    "model.keras, model_info.json and decision.json from one run."
)


class BatchModel(Protocol):
    """A network that predicts: ``keras.Model``, or a small stand-in."""

    def predict_on_batch(self, x: Any) -> Any:
        """Give the output for one batch."""


class SavedNetwork:
    """A network in a ``.keras`` file, loaded when its first prediction is asked for.

    Args:
        path: The file.
        info: The facts that it must fit; None for any network.
    """

    def __init__(self, path: Path, info: ModelInfo | None = None) -> None:
        self.path, self.info = path, info

    @cached_property
    def loaded(self) -> BatchModel:
        """The Keras model."""
        model: BatchModel = load_network(self.path)
        if self.info is not None:
            require_own_network(model, self.info)
        return model

    def predict_on_batch(self, x: Any) -> Any:
        """Give the output for one batch."""
        return self.loaded.predict_on_batch(x)


def load_network(path: Path) -> Any:
    """Load a Keras model, without its training state.

    Args:
        path: A ``.keras`` file.

    Returns:
        The ``keras.Model``.

    Raises:
        StorageError: If the file is damaged, or no model that this version knows.
    """
    with hold_back_stderr():  # TensorFlow's C++ side writes a dozen lines before it can be told
        import keras

        # Registers the layers of all networks, so that saved models can be read.
        import crack_pipeline.models.builders  # noqa: F401

        try:
            return keras.saving.load_model(path, compile=False)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            first_line = (str(error).splitlines() or [""])[0][:300]
            raise StorageError(
                "A saved network must be whole, and of layers that this version knows.",
                received=f"{path} ({type(error).__name__}: {first_line})",
                remedy=_FIT_AGAIN,
            ) from error


def digest_network(network: Any) -> str:
    """SHA-256 of the weights of a ``keras.Model``, which saving and loading leave as they are."""
    digest = hashlib.sha256()
    for weights in network.get_weights():
        digest.update(repr(weights.shape).encode() + weights.tobytes())
    return digest.hexdigest()


def require_own_network(network: BatchModel, info: ModelInfo) -> None:
    """Check that a network is the one that its facts speak of.

    Args:
        network: The network; what has no weights to ask for is not checked.
        info: What training wrote beside it; those of earlier versions name no digest.

    Raises:
        ParameterError: If it has other weights.
    """
    if not hasattr(network, "get_weights"):
        return
    if info.weights_digest is None:
        logger.info(
            "An earlier version wrote model_info.json: whether the network belongs to it "
            "is not checked"
        )
    elif digest_network(network) != info.weights_digest:
        raise ParameterError(
            "`model` must be the network that its `model_info` speaks of.",
            received=f"other weights than those of training {info.training_id}",
            remedy=_FIT_AGAIN,
        )


def make_predict_batch(model: BatchModel) -> PredictBatch:
    """Turn a model into a function from uint8 batches to probabilities.

    Each call runs the graph that the model compiled once, in inference mode, so nothing is
    traced anew for batches of one shape and equal batches give equal results on a CPU.

    Args:
        model: Takes (N, H, W, 3), 0–255; ends in a sigmoid of one channel.

    Returns:
        Gives (N, T, T) float32 for a segmentation model and (N,) for a classification model;
        raises ``TrainingError`` where the model's output is not finite, or memory is not enough.
    """

    def predict_batch(batch: TileBatch) -> NDArray[np.float32]:
        with _explain_out_of_memory(batch):
            output = np.asarray(model.predict_on_batch(batch), np.float32)
        if output.ndim > 1 and output.shape[-1] == 1:
            output = output[..., 0]
        _require_finite(output)
        return output

    return predict_batch


@contextmanager
def _explain_out_of_memory(batch: TileBatch) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        n_inputs, side = batch.shape[:2]
        smaller = f"set `batch_size` in its model_info.json to {max(1, n_inputs // 2)} or less "
        "and delete its line `sealed`, or "
        raise TrainingError(
            "A batch must fit into memory while it is predicted, too.",
            received=f"{n_inputs} inputs of {side} px; {type(error).__name__}",
            remedy=f"For this model, {smaller if n_inputs > 1 else ''}take a machine with more "
            "memory; else train one of smaller tiles or fewer parameters.",
        ) from error


def _require_finite(output: NDArray[np.float32]) -> None:
    if not np.isfinite(output).all():
        raise TrainingError(
            "A model must give finite probabilities.",
            received=f"{np.count_nonzero(~np.isfinite(output))} of {output.size} values are not",
            remedy="Its training diverged: train again with a lower training learning rate.",
        )
