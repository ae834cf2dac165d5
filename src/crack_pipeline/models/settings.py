"""Typed parameters of the networks."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from crack_pipeline.types import expand_home

Scaling = Literal["zero_one", "minus_one_one", "imagenet_standard"]
SegmentationName = Literal[
    "unet", "mobilenetv2_unet", "enet", "deeplabv3plus", "deepcrack", "hairline"
]
ClassificationName = Literal["cnn", "mobilenetv2", "efficientnetv2b0"]

EnetFilters = Annotated[int, Field(ge=4, le=512)]
Filters = Annotated[int, Field(ge=1, le=2048)]
Dilation = Annotated[int, Field(ge=1, le=64)]
Blocks = Annotated[int, Field(ge=0, le=16)]


def _named(weights: str) -> str:
    if not weights.strip():
        raise ValueError("weights must be null, imagenet or the path of a file, received nothing")
    return str(expand_home(weights))


StartingWeights = Annotated[str, AfterValidator(_named)]
"""``imagenet``, or the path of a weights file."""


class UnetSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``unet``.

    Attributes:
        base_filters: Filters of the first level; each further level doubles them.
        depth: Number of poolings; the tile's side must be divisible by stem_stride · 2**depth.
        stem_stride: 1 works at full resolution; 2 halves it before the first level and doubles it
            after the last one, which on a CPU is about a third faster for the same parameters.
        dropout: Share of bottleneck channels dropped while training.
    """

    base_filters: int = Field(16, ge=2, le=128)
    depth: int = Field(4, ge=1, le=5)
    stem_stride: Literal[1, 2] = 1
    dropout: float = Field(0.1, ge=0, lt=1)


class MobileNetV2UnetSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``mobilenetv2_unet``.

    Attributes:
        alpha: Width multiplier of the encoder; ImageNet weights exist for .35, .5, .75,
            1, 1.3 and 1.4.
        decoder_filters: Filters of the decoder's blocks, coarse to fine.
        dropout: Share of bottleneck channels dropped while training.
    """

    alpha: float = Field(1.0, gt=0, le=2)
    decoder_filters: tuple[Filters, Filters, Filters, Filters, Filters] = (192, 96, 48, 32, 16)
    dropout: float = Field(0.1, ge=0, lt=1)


class EnetSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``enet``.

    Attributes:
        filters: Filters at 1/2, 1/4 and 1/8 of the resolution.
        dropout: Share of channels dropped in each block while training; a tenth of it at 1/4.
    """

    filters: tuple[EnetFilters, EnetFilters, EnetFilters] = (16, 64, 128)
    dropout: float = Field(0.1, ge=0, lt=1)


class Deeplabv3plusSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``deeplabv3plus``.

    Attributes:
        alpha: Width multiplier of the encoder.
        filters: Filters of the pyramid's branches and of the decoder.
        detail_filters: Filters that the encoder's features at 1/4 are narrowed to.
        atrous_rates: Distance between the taps of the pyramid's kernels, in features of 16 px.
            The paper's 6, 12, 18 are for crops of 513 px: at 256 px most of their taps would lie
            outside.
        dropout: Share of the pyramid's channels dropped while training.
    """

    alpha: float = Field(1.0, gt=0, le=2)
    filters: int = Field(256, ge=1, le=512)
    detail_filters: int = Field(48, ge=1, le=256)
    atrous_rates: tuple[Dilation, ...] = Field((3, 6, 9), min_length=1, max_length=5)
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _rates_differ(self) -> Self:
        if len(set(self.atrous_rates)) < len(self.atrous_rates):
            raise ValueError(f"atrous_rates must differ, received {list(self.atrous_rates)}")
        return self


class DeepcrackSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``deepcrack``.

    Attributes:
        base_filters: Filters at full resolution; 64 is the width of VGG16 and of the paper.
    """

    base_filters: int = Field(32, ge=1, le=128)


class HairlineSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``hairline``.

    Attributes:
        detail_filters: Filters at full resolution.
        filters: Filters of the levels, each at half the resolution of the one before; the tile's
            side must be divisible by 2**levels.
        blocks: Residual blocks of each level but the coarsest.
        context_dilations: Dilation of each residual block of the coarsest level.
        dropout: Share of the coarsest level's channels dropped while training.
    """

    detail_filters: int = Field(16, ge=1, le=128)
    filters: tuple[Filters, ...] = Field((32, 64, 96, 160), min_length=2, max_length=6)
    blocks: tuple[Blocks, ...] = Field((1, 2, 2), min_length=1, max_length=5)
    context_dilations: tuple[Dilation, ...] = Field((1, 2, 4), min_length=1, max_length=8)
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _blocks_for_all_but_the_coarsest(self) -> Self:
        if len(self.blocks) != len(self.filters) - 1:
            raise ValueError(
                f"blocks needs one number for each level but the coarsest: {len(self.filters) - 1} "
                f"for {len(self.filters)} filters, received {list(self.blocks)}"
            )
        return self


class CnnSettings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``cnn``.

    Attributes:
        filters: Filters of the convolution blocks, each of which halves the resolution; so many
            numbers, so many blocks.
        kernel_px: Side of the kernels.
        convolutions: Convolutions in each block.
        dense_units: Units of the hidden dense layer.
        dropout: Share of hidden units dropped while training.
    """

    filters: tuple[Filters, ...] = Field((16, 32, 64, 96), min_length=1, max_length=7)
    kernel_px: int = Field(3, ge=1, le=11)
    convolutions: int = Field(1, ge=1, le=4)
    dense_units: int = Field(64, ge=1)
    dropout: float = Field(0.3, ge=0, lt=1)


class MobileNetV2Settings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``mobilenetv2``.

    Attributes:
        alpha: Width multiplier of the extractor.
        dense_units: Units of the dense layer behind the pooling.
        dropout: Share of pooled features dropped while training.
        freeze_extractor: Keep the extractor's weights; ``auto`` freezes pretrained ones only, since
            a frozen extractor with random weights has learnt nothing.
    """

    alpha: float = Field(1.0, gt=0, le=2)
    dense_units: int = Field(64, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    freeze_extractor: bool | Literal["auto"] = "auto"


class EfficientNetV2B0Settings(BaseModel, extra="forbid", frozen=True):
    """Parameters of ``efficientnetv2b0``.

    Attributes:
        dense_units: Units of the dense layer behind the pooling.
        dropout: Share of pooled features dropped while training.
        freeze_extractor: Keep the extractor's weights; ``auto`` freezes pretrained ones only.
    """

    dense_units: int = Field(64, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    freeze_extractor: bool | Literal["auto"] = "auto"


class SegmentationModel(BaseModel, extra="forbid", frozen=True):
    """Settings of the segmentation network.

    Attributes:
        name: A name of ``crack_pipeline.models.builders.BUILDERS``.
        weights: None for random, ``imagenet`` for the encoder, or the path of a weights file.
        scaling: How intensities 0–255 are scaled, in the network's first layer and nowhere else;
            None takes what the network was designed for.
        unet: Parameters of ``unet``.
        mobilenetv2_unet: Parameters of ``mobilenetv2_unet``.
        enet: Parameters of ``enet``.
        deeplabv3plus: Parameters of ``deeplabv3plus``.
        deepcrack: Parameters of ``deepcrack``.
        hairline: Parameters of ``hairline``.
    """

    name: SegmentationName = "unet"
    weights: StartingWeights | None = None
    scaling: Scaling | None = None
    unet: UnetSettings = UnetSettings()
    mobilenetv2_unet: MobileNetV2UnetSettings = MobileNetV2UnetSettings()
    enet: EnetSettings = EnetSettings()
    deeplabv3plus: Deeplabv3plusSettings = Deeplabv3plusSettings()
    deepcrack: DeepcrackSettings = DeepcrackSettings()
    hairline: HairlineSettings = HairlineSettings()


class ClassificationModel(BaseModel, extra="forbid", frozen=True):
    """Settings of the classification network.

    Attributes:
        name: A name of ``crack_pipeline.models.builders.BUILDERS``.
        weights: None for random, ``imagenet`` for the extractor, or the path of a weights file.
        scaling: How intensities 0–255 are scaled, in the network's first layer and nowhere else;
            None takes what the network was designed for.
        cnn: Parameters of ``cnn``.
        mobilenetv2: Parameters of ``mobilenetv2``.
        efficientnetv2b0: Parameters of ``efficientnetv2b0``.
    """

    name: ClassificationName = "cnn"
    weights: StartingWeights | None = None
    scaling: Scaling | None = None
    cnn: CnnSettings = CnnSettings()
    mobilenetv2: MobileNetV2Settings = MobileNetV2Settings()
    efficientnetv2b0: EfficientNetV2B0Settings = EfficientNetV2B0Settings()


def digest_weights(weights: str | None) -> str | None:
    """Digest of the weights that a network starts from, for the keys of trainings.

    Args:
        weights: As the settings have it.

    Returns:
        SHA-256 of the file; of what is no file, the name, which says all there is: nothing, or
        ImageNet.
    """
    if weights is None or not Path(weights).is_file():
        return weights
    with Path(weights).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
