"""The losses that a formula may sum, as functions of float32 tensors.

Each takes masks ``truth`` of [0, 1] and probabilities ``predicted`` of equal shape and gives a
scalar. Sums run over the whole batch: a tile without crack has no Dice of its own.
"""

from keras import KerasTensor, ops

from crack_pipeline.losses.settings import (
    CrossEntropySettings,
    DiceSettings,
    FocalSettings,
    FocalTverskySettings,
    SkeletonRecallSettings,
    SoftClDiceSettings,
    TverskySettings,
)

_EPSILON = 1e-7


def binary_crossentropy(
    truth: KerasTensor, predicted: KerasTensor, settings: CrossEntropySettings
) -> KerasTensor:
    """Mean cross-entropy, crack weighted by ``positive_weight``."""
    found, left = _log_likelihoods(predicted)
    return -ops.mean(settings.positive_weight * truth * found + (1.0 - truth) * left)


def focal(truth: KerasTensor, predicted: KerasTensor, settings: FocalSettings) -> KerasTensor:
    """Mean focal loss.

    Source:
        Lin et al. (2017), Focal Loss for Dense Object Detection, equation 5, arXiv:1708.02002.
    """
    found, left = _log_likelihoods(predicted)
    p = ops.clip(predicted, _EPSILON, 1.0 - _EPSILON)
    crack = settings.alpha * truth * (1.0 - p) ** settings.gamma * found
    background = (1.0 - settings.alpha) * (1.0 - truth) * p**settings.gamma * left
    return -ops.mean(crack + background)


def dice(truth: KerasTensor, predicted: KerasTensor, settings: DiceSettings) -> KerasTensor:
    """One minus the soft Dice of the batch; 0 for no crack and no prediction.

    Source:
        Milletari, Navab, Ahmadi (2016), V-Net, arXiv:1606.04797, with sums instead of squares.
    """
    overlap = ops.sum(truth * predicted)
    total = ops.sum(truth) + ops.sum(predicted)
    return 1.0 - (2.0 * overlap + settings.smooth) / (total + settings.smooth)


def tversky(truth: KerasTensor, predicted: KerasTensor, settings: TverskySettings) -> KerasTensor:
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
    truth: KerasTensor, predicted: KerasTensor, settings: FocalTverskySettings
) -> KerasTensor:
    """The Tversky loss to a power.

    Source:
        Abraham, Khan (2018), A novel focal Tversky loss function, arXiv:1810.07842, with the
        exponent itself as the parameter.
    """
    # A power below 1 has an endless slope at 0, where a perfect batch would be.
    return ops.maximum(tversky(truth, predicted, settings), _EPSILON) ** settings.gamma


def soft_cldice(
    truth: KerasTensor, predicted: KerasTensor, settings: SoftClDiceSettings
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
    tube: KerasTensor, predicted: KerasTensor, settings: SkeletonRecallSettings
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
