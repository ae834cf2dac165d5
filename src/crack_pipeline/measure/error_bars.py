"""95 % intervals on the width and length of a crack."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.scale import require_scale, to_mm

NEVER_CALIBRATED = "the model was evaluated before measurements were calibrated"


@dataclass(frozen=True, slots=True)
class Bound:
    """A measure with its 95 % interval.

    Attributes:
        value: The measure, its bias removed where that is known; None where nothing was measured.
        low: Lower end; None where the error is not known.
        high: Upper end; None where the error is not known.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrackBounds:
    """Width and length of a crack with their intervals.

    Attributes:
        mean_width_px: Mean width along the length.
        p95_width_px: 95th percentile of the width along the length.
        length_px: Length.
        mean_width_mm: In mm, the error of the scale included; None without a scale.
        p95_width_mm: The same.
        length_mm: The same.
    """

    mean_width_px: Bound
    p95_width_px: Bound
    length_px: Bound
    mean_width_mm: Bound
    p95_width_mm: Bound
    length_mm: Bound


class ErrorBars(BaseModel):
    """How far measures of a model's cracks lie from those of the labels.

    Attributes:
        photos: Source photos of validation with a crack that was found.
        cracks: Cracks found on these.
        note: Why the error is not known; empty where it is.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    photos: int = 0
    cracks: int = 0
    note: str = NEVER_CALIBRATED

    def bound(self, crack: Crack, *, mm_per_px: float | None, scale_error: float) -> CrackBounds:
        """Put intervals on the measures of a crack.

        Args:
            crack: The crack, in px.
            mm_per_px: Ground resolution; None where it is not known.
            scale_error: Relative 95 % error of the ground resolution, ≥ 0.

        Returns:
            The intervals, in px without the error of the scale and in mm with it.

        Raises:
            ParameterError: If the ground resolution is not above 0.
        """
        require_scale(mm_per_px)
        mean, p95 = Bound(crack.mean_width_px), Bound(crack.p95_width_px)
        length = Bound(crack.network.length_px)
        return CrackBounds(
            mean_width_px=mean,
            p95_width_px=p95,
            length_px=length,
            mean_width_mm=_convert(mean, mm_per_px, scale_error),
            p95_width_mm=_convert(p95, mm_per_px, scale_error),
            length_mm=_convert(length, mm_per_px, scale_error),
        )


def _convert(bound: Bound, mm_per_px: float | None, scale_error: float) -> Bound:
    """The same in mm; the errors of measure and scale are independent of each other."""
    value = to_mm(bound.value, mm_per_px)
    low, high = to_mm(bound.low, mm_per_px), to_mm(bound.high, mm_per_px)
    if value is None or low is None or high is None:
        return Bound(value)
    of_scale = value * scale_error
    below = ((value - low) ** 2 + of_scale**2) ** 0.5
    above = ((high - value) ** 2 + of_scale**2) ** 0.5
    return Bound(value, max(value - below, 0.0), value + above)
