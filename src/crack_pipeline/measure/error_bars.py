"""95 % intervals on the width and length of a crack, by conformal prediction.

The residuals are those of cracks of the validation photos, which the network did not learn from:
what their labels measure less what the predicted masks measure. A median regression on the measure
and on how far the width moves between thresholds is the bias. What is left of each crack, when the
regression is fitted without its photo, is divided by a scale that grows with both; the interval
reaches as many scales as nine and a half of ten photos need.

A photo with many cracks counts as much as one with a single crack, and the photo that is to come
counts as one of them. So a crack drawn from a new photo of the same
kind lies within its interval in about 95 of 100 cases, over all photos; of single widths only where
a class of widths has photos enough for a factor of its own.

Source:
    Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world (classes: Mondrian);
    Lei et al. (2018), https://doi.org/10.1080/01621459.2017.1307116 (split, scaled residuals);
    Barber et al. (2021), https://doi.org/10.1214/20-AOS1965 (CV+, of which the interval here has
    the residuals, and the centre of all photos);
    Dunn, Wasserman, Ramdas (2023), https://doi.org/10.1080/01621459.2022.2060112, and Lee, Barber,
    Willett (2023), https://arxiv.org/abs/2306.06342 (weights of groups).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy import stats

from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.matching import FoundCrack
from crack_pipeline.measure.scale import require_scale, to_mm
from crack_pipeline.wording.phrases import count_of

NEVER_CALIBRATED = "the model was evaluated before measurements were calibrated"
LEAST_LENGTH_PX = 30.0
"""Shorter cracks have no error bars: few have a width, and many are crumbs of a longer one."""
FEWEST_PHOTOS = 10
"""With fewer, the largest residual of all holds the next photo in less than 91 of 100 cases."""
FEWEST_PHOTOS_OF_CLASS = 40
"""With fewer photos of a class, its factor would be the residual of its worst crack."""
CLASS_EDGES_PX = (3.0, 6.0)

_COVERAGE = 0.95
_MOST_FOLDS = 20
_WIDTH_SHARE = 1 / 15
_LENGTH_OFFSET_PX = 20.0

Numbers: TypeAlias = NDArray[np.float64]
Measure: TypeAlias = Literal["mean_width_px", "p95_width_px", "length_px"]
_MEASURES: tuple[Measure, ...] = ("mean_width_px", "p95_width_px", "length_px")


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


@dataclass(frozen=True, slots=True)
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


class ErrorBar(BaseModel):
    """Bias and scaled error of one measure.

    Attributes:
        bias: Intercept, and slopes on the measure and on the shift of the width, that of a length
            by px of length.
        measure_px: Smallest and largest measure that was calibrated on; beyond, the bias stays.
        shift_px: The same of the shift of the width.
        factors: Half-width of the interval ÷ scale in each class of mean width.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    bias: tuple[float, float, float]
    measure_px: tuple[float, float]
    shift_px: tuple[float, float]
    factors: tuple[float, ...]

    def enlarged(self, factor: float) -> "ErrorBar":
        """The error of measures in a map that was enlarged by a factor: no class is narrower."""
        return ErrorBar(
            bias=(self.bias[0] * factor, *self.bias[1:]),
            measure_px=(self.measure_px[0] * factor, self.measure_px[1] * factor),
            shift_px=(self.shift_px[0] * factor, self.shift_px[1] * factor),
            factors=(max(self.factors) * factor,) * len(self.factors),
        )


class ErrorBars(BaseModel):
    """How far measures of a model's cracks lie from those of the labels.

    Attributes:
        mean_width: Of the mean width; None where it is not known.
        p95_width: Of its 95th percentile.
        length: Of the length.
        photos: Source photos of validation with a crack that was found.
        cracks: Cracks found on these.
        note: Why the error is not known; empty where it is.

    >>> ErrorBars().note
    'the model was evaluated before measurements were calibrated'
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    mean_width: ErrorBar | None = None
    p95_width: ErrorBar | None = None
    length: ErrorBar | None = None
    photos: int = 0
    cracks: int = 0
    note: str = NEVER_CALIBRATED

    @property
    def basis(self) -> str:
        """Number of cracks and photos that they come from, or why there are none, in words."""
        photos = count_of(self.photos, "validation photo")
        return self.note or f"{count_of(self.cracks, 'crack')} of {photos}"

    def enlarged(self, factor: float) -> "ErrorBars":
        """Error bars of measures in a map that was enlarged by a factor.

        >>> ErrorBars().enlarged(4.0).mean_width is None
        True
        """
        names = ("mean_width", "p95_width", "length")
        bars = {
            name: bar and bar.enlarged(factor) for name in names for bar in [getattr(self, name)]
        }
        return self if factor == 1 else self.model_copy(update=bars)

    def bound(self, crack: Crack, *, mm_per_px: float | None, scale_error: float) -> CrackBounds:
        """Put intervals on the measures of a crack.

        Where the middle of a crack is uncertain, the upper bound of its stations widens them. A
        crack below 30 px has none.

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
        upper = crack.stations.upper_px[np.isfinite(crack.stations.upper_px)]
        most = (upper.mean(), np.percentile(upper, 95), 0.0) if upper.size else (0.0, 0.0, 0.0)
        bars = (self.mean_width, self.p95_width, self.length)
        in_px = [
            _bound(measure, bar, crack, upper_px)
            for measure, bar, upper_px in zip(_MEASURES, bars, most, strict=True)
        ]
        return CrackBounds(*in_px, *(_convert(one, mm_per_px, scale_error) for one in in_px))


def fit_error_bars(found: Sequence[FoundCrack], groups: Sequence[str]) -> ErrorBars:
    """Find bias and error of each measure from cracks whose truth is known.

    Args:
        found: Cracks of validation photos with what they measure in truth.
        groups: Name of the source photo of each.

    Returns:
        The error bars; without any where too few source photos hold a crack of 30 px and more
        whose width could be measured.
    """
    kept = [
        (one, group)
        for one, group in zip(found, groups, strict=True)
        if one.mean_width_px is not None
        and one.crack.mean_width_px is not None
        and one.crack.length_px >= LEAST_LENGTH_PX
    ]
    cracks, photos = [one for one, _ in kept], np.array([group for _, group in kept], np.str_)
    n_photos = len(np.unique(photos))
    if n_photos < FEWEST_PHOTOS:
        note = (
            f"{n_photos} validation photos have a crack of {LEAST_LENGTH_PX:g} px and more that "
            f"was found, {FEWEST_PHOTOS} are needed"
        )
        return ErrorBars(photos=n_photos, cracks=len(kept), note=note)
    mean_width, p95_width, length = (_fit(measure, cracks, photos) for measure in _MEASURES)
    return ErrorBars(
        mean_width=mean_width,
        p95_width=p95_width,
        length=length,
        photos=n_photos,
        cracks=len(kept),
        note="",
    )


def _fit(measure: Measure, found: Sequence[FoundCrack], photos: NDArray[np.str_]) -> ErrorBar:
    from sklearn.model_selection import GroupKFold

    truth, values = (
        np.array([getattr(one, measure) for one in ones], np.float64)
        for ones in (found, [one.crack for one in found])
    )
    shifts = np.array([one.crack.width_shift_px or 0.0 for one in found])
    _, photo, sizes = np.unique(photos, return_inverse=True, return_counts=True)
    weights = 1.0 / sizes[photo]
    table, error = _list_predictors(measure, values, shifts), truth - values
    residual = np.empty(len(error))
    folds = GroupKFold(min(_MOST_FOLDS, len(sizes)))
    for others, held_out in folds.split(table, groups=photo):
        bias = _regress(table[others], error[others], weights[others])
        residual[held_out] = error[held_out] - table[held_out] @ bias
    scores = np.abs(residual) / _scale(measure, values, shifts)
    of_class = np.digitize([one.crack.mean_width_px or 0.0 for one in found], CLASS_EDGES_PX)
    of_all = _find_factor(scores, photo)
    classes = [of_class == number for number in range(len(CLASS_EDGES_PX) + 1)]
    intercept, slope, slope_of_shift = _regress(table, error, weights)
    return ErrorBar(
        bias=(intercept, slope, slope_of_shift),
        measure_px=(values.min(), values.max()),
        shift_px=(shifts.min(), shifts.max()),
        factors=tuple(
            _find_factor(scores[chosen], photo[chosen])
            if len(np.unique(photo[chosen])) >= FEWEST_PHOTOS_OF_CLASS
            else of_all
            for chosen in classes
        ),
    )


def _find_factor(scores: Numbers, photo: NDArray[np.int64]) -> float:
    """The 95 % quantile over photos, the one to come among them, each with weight 1.

    Interpolated between the two scores that it lies between, as i ÷ (n + 1) places the i-th of n:
    the larger of both would hold 98 % where there are only some twenty photos. Below 19 photos it
    lies above all scores: the factor is the largest, or that of Student's t where this is more.
    """
    _, place, sizes = np.unique(photo, return_inverse=True, return_counts=True)
    n_photos, weights = len(sizes), 1.0 / sizes[place]
    order = np.argsort(scores, kind="stable")
    below = np.cumsum(weights[order]) / (n_photos + 1)
    factor = float(np.interp(_COVERAGE, below, scores[order]))
    if n_photos / (n_photos + 1) >= _COVERAGE:
        return factor
    spread = np.sqrt(np.average(scores**2, weights=weights) * (1 + 1 / n_photos))
    return max(factor, float(stats.t.ppf((1 + _COVERAGE) / 2, n_photos - 1) * spread))


def _regress(table: Numbers, error: Numbers, weights: Numbers) -> Numbers:
    """Coefficients of the median regression, which a few cracks gone wrong do not turn."""
    from sklearn.linear_model import QuantileRegressor

    model = QuantileRegressor(quantile=0.5, alpha=0.0, fit_intercept=False)
    return np.asarray(model.fit(table, error, sample_weight=weights).coef_, np.float64)


def _list_predictors(measure: Measure, value: Numbers, shift: Numbers) -> Numbers:
    by_shift = value * shift if measure == "length_px" else shift
    return np.stack([np.ones_like(value), value, by_shift], axis=-1)


def _scale(measure: Measure, value: Numbers, shift: Numbers) -> Numbers:
    """In which unit errors of all cracks are alike; chosen on drawn photos, see decision 0035."""
    if measure == "length_px":
        return np.asarray(value + _LENGTH_OFFSET_PX)
    return np.asarray(_WIDTH_SHARE * value + np.maximum(shift, 0.0))


def _bound(measure: Measure, bar: ErrorBar | None, crack: Crack, upper_px: float) -> Bound:
    measured, shift_px = getattr(crack, measure), crack.width_shift_px
    is_short = crack.length_px < LEAST_LENGTH_PX
    if bar is None or measured is None or shift_px is None or is_short:
        return Bound(measured)
    value, shift = np.clip(measured, *bar.measure_px), np.clip(shift_px, *bar.shift_px)
    centre = max(measured + float(_list_predictors(measure, value, shift) @ bar.bias), 0.0)
    factor = bar.factors[int(np.digitize(crack.mean_width_px or 0.0, CLASS_EDGES_PX))]
    reach = factor * float(_scale(measure, np.asarray(measured), np.asarray(shift_px)))
    return Bound(centre, max(centre - reach, 0.0), max(centre + reach, float(upper_px)))


def _convert(bound: Bound, mm_per_px: float | None, scale_error: float) -> Bound:
    """The same in mm; the errors of measure and scale are independent of each other."""
    value = to_mm(bound.value, mm_per_px)
    low, high = to_mm(bound.low, mm_per_px), to_mm(bound.high, mm_per_px)
    if value is None or low is None or high is None:
        return Bound(value)
    of_scale = value * scale_error
    return Bound(
        value,
        max(value - float(np.hypot(value - low, of_scale)), 0.0),
        value + float(np.hypot(high - value, of_scale)),
    )
