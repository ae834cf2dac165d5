"""The losses that a formula may sum, and the Keras loss of a formula."""

from collections.abc import Callable
from typing import Any

import keras
from keras import KerasTensor, ops

from crack_pipeline.errors import ParameterError
from crack_pipeline.losses import formula

_EPSILON = 1e-7


def binary_crossentropy(
    truth: KerasTensor, predicted: KerasTensor, settings: formula.CrossEntropySettings
) -> KerasTensor:
    """Mean cross-entropy, crack weighted by ``positive_weight``."""
    found, left = _log_likelihoods(predicted)
    return -ops.mean(settings.positive_weight * truth * found + (1.0 - truth) * left)


def focal(
    truth: KerasTensor, predicted: KerasTensor, settings: formula.FocalSettings
) -> KerasTensor:
    """Mean focal loss.

    Source:
        Lin et al. (2017), Focal Loss for Dense Object Detection, equation 5, arXiv:1708.02002.
    """
    found, left = _log_likelihoods(predicted)
    p = ops.clip(predicted, _EPSILON, 1.0 - _EPSILON)
    crack = settings.alpha * truth * (1.0 - p) ** settings.gamma * found
    background = (1.0 - settings.alpha) * (1.0 - truth) * p**settings.gamma * left
    return -ops.mean(crack + background)


def dice(truth: KerasTensor, predicted: KerasTensor, settings: formula.DiceSettings) -> KerasTensor:
    """One minus the soft Dice of the batch; 0 for no crack and no prediction.

    Source:
        Milletari, Navab, Ahmadi (2016), V-Net, arXiv:1606.04797, with sums instead of squares.
    """
    overlap = ops.sum(truth * predicted)
    total = ops.sum(truth) + ops.sum(predicted)
    return 1.0 - (2.0 * overlap + settings.smooth) / (total + settings.smooth)


def tversky(
    truth: KerasTensor, predicted: KerasTensor, settings: formula.TverskySettings
) -> KerasTensor:
    """One minus the soft Tversky index of the batch; 0 for no crack and no prediction.

    Source:
        Salehi, Erdogmus, Gholipour (2017), Tversky loss function, arXiv:1706.05721.
    """
    overlap = ops.sum(truth * predicted)
    alarms = ops.sum((1.0 - truth) * predicted)
    misses = ops.sum(truth * (1.0 - predicted))
    weighed = overlap + settings.alpha * alarms + settings.beta * misses
    return 1.0 - (overlap + settings.smooth) / (weighed + settings.smooth)


def focal_tversky(
    truth: KerasTensor, predicted: KerasTensor, settings: formula.FocalTverskySettings
) -> KerasTensor:
    """The Tversky loss to a power.

    Source:
        Abraham, Khan (2018), A novel focal Tversky loss function, arXiv:1810.07842, with the
        exponent itself as the parameter.
    """
    # A power below 1 has an endless slope at 0, where a perfect batch would be.
    return ops.maximum(tversky(truth, predicted, settings), _EPSILON) ** settings.gamma


def soft_cldice(
    truth: KerasTensor, predicted: KerasTensor, settings: formula.SoftClDiceSettings
) -> KerasTensor:
    """One minus the soft centreline Dice of the batch; 0 for no crack and no prediction.

    Args:
        truth: (N, H, W, 1) masks.
        predicted: (N, H, W, 1) probabilities.
        settings: Erosions, reduction and smoothing.

    Returns:
        Scalar in [0, 1].

    Source:
        Shit et al. (2021), clDice, algorithms 1 and 2, arXiv:2003.07311.
    """
    factor = settings.downsample
    if factor > 1:
        truth = ops.max_pool(truth, factor, factor, data_format="channels_last")
        predicted = ops.max_pool(predicted, factor, factor, data_format="channels_last")
    of_truth = soft_skeleton(truth, settings.iterations)
    of_predicted = soft_skeleton(predicted, settings.iterations)
    precision = _smooth_share(of_predicted * truth, of_predicted, settings.smooth)
    sensitivity = _smooth_share(of_truth * predicted, of_truth, settings.smooth)
    return 1.0 - 2.0 * precision * sensitivity / (precision + sensitivity)


def skeleton_recall(
    tube: KerasTensor, predicted: KerasTensor, settings: formula.SkeletonRecallSettings
) -> KerasTensor:
    """One minus the share of the tubed skeleton that is predicted; 0 where there is none.

    Args:
        tube: (N, H, W, 1) skeletons of the true masks, widened.
        predicted: (N, H, W, 1) probabilities.
        settings: Smoothing.

    Returns:
        Scalar in [0, 1].

    Source:
        Kirchhoff et al. (2024), Skeleton Recall Loss, equation 3, arXiv:2404.03010.
    """
    return 1.0 - _smooth_share(tube * predicted, tube, settings.smooth)


def soft_skeleton(mask: KerasTensor, iterations: int) -> KerasTensor:
    """Skeleton of a soft mask by minimum and maximum pooling.

    Args:
        mask: (N, H, W, 1) in [0, 1].
        iterations: Erosions; cracks wider than twice as many px leave a wide skeleton.

    Returns:
        (N, H, W, 1) in [0, 1].

    Source:
        Shit et al. (2021), algorithm 1, arXiv:2003.07311.
    """
    # With the batch as channels, pooling works on several photos at a time: five times as fast on
    # a processor as with one channel.
    mask = ops.transpose(mask, (3, 1, 2, 0))
    skeleton = ops.zeros_like(mask)
    for _ in range(iterations + 1):
        eroded = _erode(mask)
        ridge = ops.relu(mask - _dilate(eroded, (3, 3)))
        skeleton = skeleton + ops.relu(ridge - skeleton * ridge)
        mask = eroded
    return ops.transpose(skeleton, (3, 1, 2, 0))


def _erode(mask: KerasTensor) -> KerasTensor:
    return ops.minimum(-_dilate(-mask, (3, 1)), -_dilate(-mask, (1, 3)))


def _dilate(mask: KerasTensor, size: tuple[int, int]) -> KerasTensor:
    return ops.max_pool(mask, size, 1, padding="same", data_format="channels_last")


def _smooth_share(part: KerasTensor, whole: KerasTensor, smooth: float) -> KerasTensor:
    return (ops.sum(part) + smooth) / (ops.sum(whole) + smooth)


def _log_likelihoods(predicted: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    p = ops.clip(predicted, _EPSILON, 1.0 - _EPSILON)
    return ops.log(p), ops.log(1.0 - p)


Term = Callable[[KerasTensor, KerasTensor, Any], KerasTensor]

_TERMS: dict[str, Term] = {
    "binary_crossentropy": binary_crossentropy,
    "focal": focal,
    "dice": dice,
    "tversky": tversky,
    "focal_tversky": focal_tversky,
    "soft_cldice": soft_cldice,
    "skeleton_recall": skeleton_recall,
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
        settings: formula.LossSettings | dict[str, Any] | None = None,
        *,
        label_smoothing: float = 0.0,
        side_weight: float = 0.0,
        name: str = "weighted_sum",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.text = text
        self.settings = formula.LossSettings.model_validate(settings or {})
        self.label_smoothing = label_smoothing
        self.side_weight = side_weight
        self._terms = formula.parse_loss(text)

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

    def _term(
        self, term: formula.LossTerm, truth: KerasTensor, predicted: KerasTensor
    ) -> KerasTensor:
        target = truth[..., :1]
        if term.name == "skeleton_recall":
            if truth.shape[-1] < 2:
                raise _missing("skeletons", "Make the batches with `targets=add_skeletons`.")
            target = truth[..., 1:2]
        elif term.name in _SMOOTHED and self.label_smoothing:
            target = target * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing
        return _TERMS[term.name](target, predicted, getattr(self.settings, term.name))


def _missing(what: str, remedy: str) -> ParameterError:
    return ParameterError(
        f"This loss needs {what} beside the mask.", received="one channel", remedy=remedy
    )
