"""From a formula to a Keras loss."""

from collections.abc import Callable
from typing import Any

import keras
from keras import KerasTensor, ops

from crack_pipeline.errors import ParameterError
from crack_pipeline.losses import terms
from crack_pipeline.losses.formula import LossTerm, parse_loss
from crack_pipeline.losses.settings import LossSettings

Term = Callable[[KerasTensor, KerasTensor, Any], KerasTensor]

_TERMS: dict[str, Term] = {
    "binary_crossentropy": terms.binary_crossentropy,
    "focal": terms.focal,
    "dice": terms.dice,
    "tversky": terms.tversky,
    "focal_tversky": terms.focal_tversky,
    "soft_cldice": terms.soft_cldice,
    "skeleton_recall": terms.skeleton_recall,
}
_SMOOTHED = ("binary_crossentropy", "focal")


@keras.saving.register_keras_serializable("crack_pipeline")
class WeightedSum(keras.losses.Loss):
    """A weighted sum of losses, computed in float32, with side outputs as a second part.

    Args:
        text: A formula, see :mod:`crack_pipeline.losses.formula`.
        settings: Parameters of the losses, or their ``model_dump``.
        label_smoothing: Share by which targets of cross-entropy and focal loss move towards .5.
        side_weight: Weight of the mean loss of the side outputs, which stand in channels 1 and
            up of the prediction; 0 looks at channel 0 alone.
        name: Name in the logs.

    Source:
        Xie, Tu (2015), Holistically-Nested Edge Detection, arXiv:1504.06375 (deep supervision).
    """

    def __init__(
        self,
        text: str,
        settings: LossSettings | dict[str, Any] | None = None,
        *,
        label_smoothing: float = 0.0,
        side_weight: float = 0.0,
        name: str = "weighted_sum",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.text = text
        self.settings = LossSettings.model_validate(settings or {})
        self.label_smoothing = label_smoothing
        self.side_weight = side_weight
        self._terms = parse_loss(text)

    def call(self, y_true: KerasTensor, y_pred: KerasTensor) -> KerasTensor:
        """Compute the loss.

        Args:
            y_true: (N, H, W, C) masks in channel 0, tubed skeletons in channel 1 where the
                formula needs them; or (N, 1) labels.
            y_pred: (N, H, W, 1 + S) probabilities, those of S side outputs behind the final one;
                or (N, 1).

        Returns:
            (1,) loss of the whole batch. Not a scalar: Keras divides by the number of devices
            only what it has averaged itself.

        Raises:
            ParameterError: If skeletons or side outputs are needed and not there.
        """
        truth, predicted = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        loss = self._sum(truth, predicted[..., :1])
        if self.side_weight == 0:
            return ops.reshape(loss, (1,))
        n_sides = predicted.shape[-1] - 1
        if n_sides < 1:
            raise _missing("side outputs", "Set `side_weight: 0`, or choose a network with them.")
        sides = [self._sum(truth, predicted[..., k : k + 1]) for k in range(1, n_sides + 1)]
        loss = loss + self.side_weight / n_sides * sum(sides[1:], sides[0])
        return ops.reshape(loss, (1,))

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the loss."""
        return {
            **super().get_config(),
            "text": self.text,
            "settings": self.settings.model_dump(),
            "label_smoothing": self.label_smoothing,
            "side_weight": self.side_weight,
        }

    def _sum(self, truth: KerasTensor, predicted: KerasTensor) -> KerasTensor:
        values = [term.weight * self._term(term, truth, predicted) for term in self._terms]
        return sum(values[1:], values[0])

    def _term(self, term: LossTerm, truth: KerasTensor, predicted: KerasTensor) -> KerasTensor:
        target = truth[..., :1]
        if term.name == "skeleton_recall":
            if truth.shape[-1] < 2:
                raise _missing("skeletons", "Make the batches with `targets=add_skeletons`.")
            target = truth[..., 1:2]
        elif term.name in _SMOOTHED and self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        return _TERMS[term.name](target, predicted, getattr(self.settings, term.name))


def build_loss(
    text: str,
    settings: LossSettings,
    *,
    label_smoothing: float = 0.0,
    side_weight: float = 0.0,
) -> keras.losses.Loss:
    """Build the loss that a formula names.

    Args:
        text: For instance ``binary_crossentropy + dice``.
        settings: Parameters of the losses.
        label_smoothing: Of the targets of cross-entropy and focal loss, in [0, 1).
        side_weight: Weight of the mean loss of side outputs.

    Returns:
        A loss of (y_true, y_pred).

    Raises:
        ParameterError: If the formula is malformed or names an unknown loss.
    """
    return WeightedSum(text, settings, label_smoothing=label_smoothing, side_weight=side_weight)


def _missing(what: str, remedy: str) -> ParameterError:
    return ParameterError(
        f"This loss needs {what} beside the mask.", received="one channel", remedy=remedy
    )
