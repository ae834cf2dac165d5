"""A small network for thin cracks: no activation is normalised, little runs at full resolution.

Built for training on a CPU. Batch normalisation reads and writes every activation several times,
which on two cores takes longer than the convolutions themselves; here the kernels are standardised
instead, which costs nothing that grows with the photo.

Source:
    Brock, De, Smith (2021), Characterizing signal propagation to close the performance gap in
    unnormalized ResNets, arXiv:2101.08692 (scaled weight standardisation, SkipInit);
    Ronneberger, Fischer, Brox (2015), arXiv:1505.04597 (encoder, decoder, skips);
    Yu, Koltun (2016), arXiv:1511.07122 (dilated context).
"""

import math
from typing import Any

import keras
from keras import layers, ops

from crack_pipeline.models.blocks import crack_probability, require_divisible, scaled_input
from crack_pipeline.models.settings import HairlineSettings, Scaling

_RELU_GAIN = math.sqrt(2.0 / (1.0 - 1.0 / math.pi))
"""Brings the variance of a rectified standard normal back to 1."""


@keras.saving.register_keras_serializable("crack_pipeline")
class StandardizedConv2D(keras.layers.Layer):
    """Convolution whose kernel is standardised over its fan-in, with a learnt gain a filter.

    The kernel is kept and standardised in float32 whatever the compute type.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernel in px.
        strides: Step in px.
        dilation_rate: Distance between the kernel's taps in px.
        starts_absent: Start with a gain of 0, so that a residual branch begins as none
            (SkipInit, with one number a filter).

    Source:
        Brock, De, Smith (2021), arXiv:2101.08692, equation 1; De, Smith (2020),
        arXiv:2002.10444.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        *,
        strides: int = 1,
        dilation_rate: int = 1,
        starts_absent: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.starts_absent = starts_absent
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make kernel, gain and bias for (N, H, W, C) inputs."""
        shape = (self.kernel_size, self.kernel_size, int(input_shape[-1] or 0), self.filters)
        self.kernel = self.add_weight(
            shape=shape, initializer="he_normal", autocast=False, name="kernel"
        )
        self.gain = self.add_weight(
            shape=(self.filters,),
            initializer="zeros" if self.starts_absent else "ones",
            autocast=False,
            name="gain",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Convolve (N, H, W, C) to (N, H / strides, W / strides, filters)."""
        kernel = ops.convert_to_tensor(self.kernel)
        fan_in = math.prod(self.kernel.shape[:-1])
        mean, variance = ops.moments(kernel, axes=(0, 1, 2), keepdims=True)
        scale = ops.rsqrt(ops.maximum(variance * fan_in, 1e-4)) * (self.gain * _RELU_GAIN)
        convolved = ops.conv(
            inputs,
            ops.cast((kernel - mean) * scale, self.compute_dtype),
            strides=self.strides,
            padding="same",
            data_format="channels_last",
            dilation_rate=self.dilation_rate,
        )
        return convolved + self.bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Shape of the result for a shape of the input."""
        height, width = (
            None if side is None else -(-side // self.strides) for side in input_shape[1:3]
        )
        return (input_shape[0], height, width, self.filters)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
            "starts_absent": self.starts_absent,
        }


def build_hairline(
    input_px: int, settings: HairlineSettings, *, scaling: Scaling, side_outputs: bool = False
) -> keras.Model:
    """Build the network for any input whose sides its coarsest level divides.

    Args:
        input_px: Side of the training tiles in px; the network itself stays size-free.
        settings: Widths, depth of each level, dilations and dropout.
        scaling: How the intensities are scaled.
        side_outputs: Give a crack probability of each decoder level but the finest, too.

    Returns:
        A model from (N, T, T, 3) intensities 0–255 to (N, T, T, 1) crack probability; with
        ``side_outputs`` a list of these, the final one first.

    Raises:
        InputSizeError: If ``input_px`` is not divisible by the network's coarsest pixel.
    """
    widths = settings.filters
    coarsest_px = 2 ** len(widths)
    require_divisible(input_px, coarsest_px)
    inputs, scaled = scaled_input(None, scaling)
    detail = StandardizedConv2D(settings.detail_filters, 3, name="detail")(scaled)
    skips, x = [], detail
    for level, width in enumerate(widths):
        x = StandardizedConv2D(width, 4, strides=2, name=f"down{level}")(
            _rectify(x, f"down{level}")
        )
        for number, dilation in enumerate(_dilations(settings, level)):
            x = _residual(x, width, dilation=dilation, name=f"level{level}_{number}")
        skips.append(x)
    x = layers.SpatialDropout2D(settings.dropout, name="context_dropout")(x)
    sides: list[tuple[keras.KerasTensor, int, str]] = []
    for level in reversed(range(len(widths) - 1)):
        x = _join(x, skips[level], widths[level], name=f"up{level}")
        x = _residual(x, widths[level], dilation=1, name=f"up{level}_0")
        sides.append((x, 2 ** (level + 1), f"side{len(sides) + 1}_probability"))
    x = _join(x, detail, settings.detail_filters, name="head")
    outputs = [crack_probability(_rectify(x, "final"))]
    if side_outputs:
        outputs += [
            crack_probability(_rectify(x, name), name=name, enlarge=factor)
            for x, factor, name in sides
        ]
    return keras.Model(inputs, outputs if side_outputs else outputs[0], name="hairline")


def _dilations(settings: HairlineSettings, level: int) -> tuple[int, ...]:
    if level == len(settings.filters) - 1:
        return settings.context_dilations
    return (1,) * settings.blocks[level]


def _rectify(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    # The gain of the activation sits in the next convolution, whose kernel is standardised: there
    # it is one factor of the kernel instead of one more pass over the activations.
    return layers.Activation("relu", name=f"{name}_relu")(x)


def _residual(x: keras.KerasTensor, filters: int, *, dilation: int, name: str) -> keras.KerasTensor:
    branch = _rectify(x, f"{name}_a")
    branch = StandardizedConv2D(filters, 3, dilation_rate=dilation, name=f"{name}_a")(branch)
    branch = _rectify(branch, f"{name}_b")
    branch = StandardizedConv2D(
        filters, 3, dilation_rate=dilation, starts_absent=True, name=f"{name}_b"
    )(branch)
    return layers.Add(name=f"{name}_add")([x, branch])


def _join(
    x: keras.KerasTensor, skip: keras.KerasTensor, filters: int, *, name: str
) -> keras.KerasTensor:
    # Convolving before enlarging: four times fewer pixels for the same result of a 1×1 kernel.
    x = StandardizedConv2D(filters, 1, name=f"{name}_narrow")(x)
    x = layers.UpSampling2D(name=f"{name}_enlarge")(x)
    x = layers.Concatenate(name=f"{name}_join")([x, skip])
    return StandardizedConv2D(filters, 3, name=f"{name}_merge")(_rectify(x, f"{name}_join"))
