"""Settings of the baselines."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

KernelPx = Annotated[int, Field(ge=3, le=255)]
Percentile = Annotated[float, Field(ge=0, le=100)]


class BlackHatSettings(BaseModel):
    """Kernels and smoothings of the black-hat detector that validation chooses from.

    Attributes:
        kernel_px: Sides of the square that closes cracks; cracks must be narrower.
        smoothing_px: Standard deviations of the Gaussian that smooths the photo first; 0 for none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kernel_px: tuple[KernelPx, ...] = Field((11, 21, 41, 61), min_length=1)
    smoothing_px: tuple[Annotated[float, Field(ge=0, le=20)], ...] = Field(
        (1.0, 2.0, 3.0), min_length=1
    )


class PercentileSettings(BaseModel):
    """Grey levels that the percentile classifier looks at.

    Attributes:
        percentiles: Percentiles of the photo's grey levels; the low ones are the dark ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    percentiles: tuple[Percentile, ...] = Field((1, 5, 25, 50, 75), min_length=1)
