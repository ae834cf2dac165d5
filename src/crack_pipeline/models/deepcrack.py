"""DeepCrack: a VGG16 encoder with a side output at each of five depths, and their fusion.

Source:
    Liu et al. (2019), DeepCrack: A deep hierarchical feature learning architecture for crack
    segmentation, Neurocomputing 338, 139–153, https://doi.org/10.1016/j.neucom.2019.01.036;
    without its guided filter, with batch normalisation (its variant DeepCrack-BN).
"""

import keras
from keras import layers

from crack_pipeline.models.blocks import convolve, crack_logit, require_divisible, scaled_input
from crack_pipeline.models.settings import DeepcrackSettings, Scaling

_CONVOLUTIONS = (2, 2, 3, 3, 3)
_WIDEST = 8


def build_deepcrack(
    input_px: int, settings: DeepcrackSettings, *, scaling: Scaling, side_outputs: bool = False
) -> keras.Model:
    """Build the network for any input whose sides 16 divides.

    Side outputs are enlarged bilinearly, which is what the paper's fixed transposed convolutions
    do; a 1×1 convolution of the five fuses them.

    Args:
        input_px: Side of the training tiles in px; the network itself stays size-free.
        settings: Width.
        scaling: How the intensities are scaled.
        side_outputs: Give the crack probability of each depth, too.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, T, T, 1) crack probability; with
        ``side_outputs`` a list of six, the fused one first.

    Raises:
        InputSizeError: If ``input_px`` is no multiple of 16.
    """
    require_divisible(input_px, 2 ** (len(_CONVOLUTIONS) - 1))
    inputs, x = scaled_input(None, scaling)
    logits = []
    for depth, n_convolutions in enumerate(_CONVOLUTIONS):
        if depth:
            x = layers.MaxPooling2D(name=f"depth{depth}_pool")(x)
        for number in range(n_convolutions):
            filters = settings.base_filters * min(2**depth, _WIDEST)
            x = convolve(x, filters, name=f"depth{depth}_{number}")
        logits.append(crack_logit(x, name=f"side{depth + 1}_logit", enlarge=2**depth))
    joined = layers.Concatenate(dtype="float32", name="all_sides")(logits)
    fused = layers.Conv2D(
        1,
        1,
        kernel_initializer=keras.initializers.Constant(1 / len(logits)),
        dtype="float32",
        name="fusion",
    )(joined)
    outputs = [_probability(fused, "crack_probability")]
    if side_outputs:
        outputs += [
            _probability(logit, f"side{depth}_probability")
            for depth, logit in enumerate(logits, start=1)
        ]
    return keras.Model(inputs, outputs if side_outputs else outputs[0], name="deepcrack")


def _probability(logit: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.Activation("sigmoid", dtype="float32", name=name)(logit)
