"""Gradients of logits. The one module of explanations that names TensorFlow.

Keras has no gradients of its own: each backend does them in its way. A model that was trained with
another backend is explained with TensorFlow all the same, since its file is read by any of them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.explain.layers import watch_layers

if TYPE_CHECKING:
    import tensorflow as tf

Photos = NDArray[np.float32]
"""(N, T, T, 3) float32 intensities, 0–255."""

Weights = NDArray[np.float32]
"""(T, T) weights of the pixels' logits, or (1,) for a classifier."""


_TRACED_ALONE = 2
"""So few photos are not filled up to a batch."""


class LogitGradients:
    """A network's score and its gradients, compiled once for each size of a batch.

    The score of a photo is the weighted sum of its logits: with a region of pixels as weights, what
    the network says for crack in that region (Vinogradova et al. 2020); for a classifier its one
    logit. A logit, unlike a probability, does not saturate.

    Args:
        model: Takes (N, T, T, 3) intensities 0–255; ends in a sigmoid of one channel.
        batch_size: Photos that are computed at once; more are computed in turn.

    Raises:
        ParameterError: If Keras runs on another backend than TensorFlow, or the network does not
            end in a sigmoid.
    """

    def __init__(self, model: keras.Model, *, batch_size: int = 8) -> None:
        _require_tensorflow()
        _require_sigmoid(model)
        import tensorflow as tf  # other backends run where it is missing

        self.model = model
        self._tf = tf
        self.batch_size = batch_size
        self._functions: dict[str, Any] = {
            "scores": tf.function(self._score, autograph=False),
            "gradients": tf.function(self._score_and_gradients, autograph=False),
        }
        self._graphs: dict[tuple[str, int], Callable[..., Any]] = {}

    def logits(self, photo: Photos) -> NDArray[np.float32]:
        """Logits of one photo.

        Args:
            photo: (T, T, 3).

        Returns:
            (T, T), or (1,) for a classifier.
        """
        with give_logits(self.model):
            logits = np.asarray(self.model(photo[None], training=False), np.float32)
        return logits[0, ..., 0] if logits.ndim == 4 else logits[0]

    def scores(self, photos: Photos, weights: Weights) -> NDArray[np.float64]:
        """Scores of photos.

        Args:
            photos: (N, T, T, 3).
            weights: (T, T), or (1,) for a classifier.

        Returns:
            (N,).
        """
        parts = [
            np.asarray(self._run("scores", batch, weights), np.float64)[:filled]
            for batch, filled in self._batches(photos)
        ]
        return np.concatenate(parts)

    def of_input(
        self, photos: Photos, weights: Weights
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Scores of photos and how they change with the intensities.

        Args:
            photos: (N, T, T, 3).
            weights: (T, T), or (1,) for a classifier.

        Returns:
            (N,) and (N, T, T, 3).
        """
        parts = [
            [np.asarray(part)[:filled] for part in self._run("gradients", batch, weights)]
            for batch, filled in self._batches(photos)
        ]
        scores, gradients = (_join(part) for part in zip(*parts, strict=True))
        return scores.astype(np.float64), gradients

    def of_features(
        self, photo: Photos, weights: Weights, layer: keras.layers.Layer
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A layer's feature maps and how the score changes with them.

        Args:
            photo: (T, T, 3).
            weights: (T, T), or (1,) for a classifier.
            layer: A layer of the network, or of a network inside it.

        Returns:
            Two arrays of (H, W, C).
        """
        name = f"features of {layer.name}"
        if name not in self._functions:
            self._functions[name] = self._tf.function(
                lambda photos, flat: self._features_and_gradients(photos, flat, layer),
                autograph=False,
            )
        features, gradients = self._run(name, photo[None], weights)
        return np.asarray(features)[0], np.asarray(gradients)[0]

    def _run(self, name: str, photos: Photos, weights: Weights) -> Any:
        flat = weights.reshape(-1)
        if (name, len(photos)) not in self._graphs:
            # Traced by hand: called with several sizes, TensorFlow warns of too many traces.
            float32 = self._tf.float32
            self._graphs[name, len(photos)] = self._functions[name].get_concrete_function(
                self._tf.TensorSpec(photos.shape, float32), self._tf.TensorSpec(flat.shape, float32)
            )
        to_tensor = self._tf.convert_to_tensor
        return self._graphs[name, len(photos)](to_tensor(photos), to_tensor(flat))

    def _score(self, photos: "tf.Tensor", weights: "tf.Tensor") -> "tf.Tensor":
        with give_logits(self.model):
            logits = self.model(photos, training=False)
        flat = self._tf.reshape(logits, (photos.shape[0], -1))
        if flat.shape[1] not in (None, *weights.shape):
            raise ShapeError(
                "Each logit needs its weight.",
                received=f"{flat.shape[1]} logits a photo, {weights.shape[0]} weights",
                remedy="Pass (T, T) weights to a segmentation network and (1,) to a classifier.",
            )
        return self._tf.linalg.matvec(flat, weights)

    def _score_and_gradients(
        self, photos: "tf.Tensor", weights: "tf.Tensor"
    ) -> "tuple[tf.Tensor, tf.Tensor]":
        with self._tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(photos)
            scores = self._score(photos, weights)
        return scores, tape.gradient(scores, photos)

    def _features_and_gradients(
        self, photos: "tf.Tensor", weights: "tf.Tensor", layer: keras.layers.Layer
    ) -> "tuple[tf.Tensor, tf.Tensor]":
        seen: list[Any] = []
        with self._tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(photos)
            with watch_layers([layer], lambda _layer, _given, output: seen.append(output)):
                scores = self._score(photos, weights)
        return seen[-1], tape.gradient(scores, seen[-1])

    def _batches(self, photos: Photos) -> Iterator[tuple[Photos, int]]:
        # The last batch keeps its size, so that the network is traced for few shapes.
        size = self.batch_size if len(photos) > _TRACED_ALONE else len(photos)
        for first in range(0, len(photos), size):
            batch = photos[first : first + size]
            filled = len(batch)
            yield (batch if filled == size else np.resize(batch, (size, *batch.shape[1:]))), filled


@contextmanager
def give_logits(model: keras.Model) -> Iterator[None]:
    """Let a network give logits in place of probabilities: its last sigmoid does nothing.

    The logarithm of the odds of a probability would be the same number, but is lost where float32
    rounds the probability to 1.

    Args:
        model: Ends in a sigmoid, as ``LogitGradients`` checks.

    Yields:
        Nothing; on leaving, the network is as before.
    """
    last = model.layers[-1]
    sigmoid = last.activation
    last.activation = keras.activations.linear
    try:
        yield
    finally:
        last.activation = sigmoid


def _join(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    # Most calls are of one batch: gradients are large, and need no copy.
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _require_tensorflow() -> None:
    backend = str(keras.backend.backend())
    if backend != "tensorflow":
        raise ParameterError(
            "Explanations need gradients, which are computed with TensorFlow.",
            received=f"Keras runs on {backend}",
            remedy="Run with --params=training.backend=tensorflow; it reads models that were "
            "trained with any backend.",
        )


def _require_sigmoid(model: keras.Model) -> None:
    last = model.layers[-1]
    if getattr(last, "activation", None) is not keras.activations.sigmoid:
        raise ParameterError(
            "A network must end in a sigmoid to be explained: its logit is what is explained.",
            received=f"its last layer is {last.name} ({type(last).__name__})",
            remedy="Build it with a last layer that has activation='sigmoid'.",
        )
