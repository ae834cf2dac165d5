"""Ranges from which augmentation draws."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field


def _ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError(
            f"a range needs two positive numbers, the lower one first, received {list(bounds)}"
        )
    return bounds


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]


class AugmentationPolicy(BaseModel, extra="forbid", frozen=True):
    """Ranges and probabilities of the joint image–mask transforms.

    Attributes:
        flip_horizontal: Mirror left and right in half of the draws.
        flip_vertical: Mirror top and bottom in half of the draws.
        right_angles: Turn by 0, 90, 180 or 270 degrees.
        max_rotation_deg: Largest extra turn to either side, in degrees.
        zoom_range: Magnification, below 1 shows more (the rest is reflected), above 1 less.
        max_shift_share: Largest shift as a share of the tile's side; needs reflection as well.
        warp_probability: Share of draws that get the small turn, zoom and shift.
        brightness: Largest change of brightness, as a share of the full range.
        contrast_range: Factor on the contrast about mid-grey.
        gamma_range: Exponent on the relative intensity.
        colour_cast: Largest change of one channel's gain, as a share; each channel draws its own.
        grey_probability: Share of draws that lose their colour; a cast comes after it.
        shade_probability: Share of draws that get darker patches, as of shadows, damp and dirt.
        max_shade: Largest share of the light that a patch takes away.
        debris_probability: Share of draws whose cracks are filled here and there, edges apart, with
            what the tile shows elsewhere, as of gravel and soil; of use where cracks are wide.
        blur_probability: Share of draws that are blurred.
        max_blur_sigma_px: Largest standard deviation of the Gaussian blur, in px.
        noise_probability: Share of draws that get noise.
        max_noise_std: Largest standard deviation of Gaussian noise, in grey levels.
    """

    flip_horizontal: bool = True
    flip_vertical: bool = True
    right_angles: bool = True
    max_rotation_deg: float = Field(15.0, ge=0, le=45)
    zoom_range: Range = (0.85, 1.2)
    max_shift_share: float = Field(0.1, ge=0, le=0.5)
    warp_probability: float = Field(0.2, ge=0, le=1)
    brightness: float = Field(0.1, ge=0, le=0.9)
    contrast_range: Range = (0.8, 1.25)
    gamma_range: Range = (0.9, 1.1)
    colour_cast: float = Field(0.0, ge=0, le=0.5)
    grey_probability: float = Field(0.0, ge=0, le=1)
    shade_probability: float = Field(0.0, ge=0, le=1)
    max_shade: float = Field(0.6, ge=0, lt=1)
    debris_probability: float = Field(0.0, ge=0, le=1)
    blur_probability: float = Field(0.1, ge=0, le=1)
    max_blur_sigma_px: float = Field(1.2, gt=0, le=10)
    noise_probability: float = Field(0.1, ge=0, le=1)
    max_noise_std: float = Field(8.0, ge=0, le=100)
