"""The photos that a model was trained on, in numbers: whether another photo is like them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.images.appearance import Appearance, Numbers

Aspect = Literal["detail", "dark", "bright", "compressed", "features"]
"""Detail of the finest scales; light; compression; the network's features."""

ZOOMS = (0.5, 0.25, 0.125, 2.0)
"""Sizes that are tried where a photo's detail is unlike that of training."""

_FALSE_SHARE = 0.05
_TAILS = (0.02, 0.015, 0.0125, 0.01, 0.0075, 0.005, 0.0025, 0.0)
_WEIGHTS: dict[Aspect, float] = {"bright": 0.4, "features": 0.4}
"""Share of an aspect's tail beside the others': what changes a photo shows less in these."""

_FOLDS = 5
_RIDGE = 0.005
_CLEARLY = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A photo in numbers.

    Attributes:
        appearance: How it looks.
        features: (D,) of the network, or None.
    """

    appearance: Appearance
    features: Numbers | None = None


class Cloud(BaseModel):
    """Where numbers of the training photos lie.

    Attributes:
        mean: (D,) mean.
        precision: (D, D) inverse of the covariance.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    mean: tuple[float, ...]
    precision: tuple[tuple[float, ...], ...]

    def measure(self, values: Numbers) -> float:
        """Mahalanobis distance of (D,) values from the mean."""
        away = values - np.asarray(self.mean)
        return float(np.sqrt(max(away @ np.asarray(self.precision) @ away, 0.0)))


class Spread(BaseModel):
    """Mean and standard deviation of (D,) features of the training photos."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def measure(self, values: Numbers) -> float:
        """Root mean square of the standardised distances."""
        return float(
            np.sqrt(np.mean(((values - np.asarray(self.mean)) / np.asarray(self.deviation)) ** 2))
        )


class TrainingRange(BaseModel):
    """Limits within which the training photos lie.

    Attributes:
        detail: Of the power of the finest bands of the spectrum.
        features: Of the network; None where it was not looked at.
        limits: Aspect → largest value that counts as like training.
        photos: Photos that the limits come from.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    detail: Cloud
    features: Spread | None = None
    limits: Mapping[Aspect, float] = Field(default_factory=lambda: MappingProxyType({}))
    photos: int = 0

    def measure(self, look: Look) -> dict[Aspect, float]:
        """How far a photo is from training, aspect by aspect; more is farther."""
        light = look.appearance.light
        found: dict[Aspect, float] = {
            "detail": self.detail.measure(look.appearance.detail),
            "dark": 1.0 - light,
            "bright": light,
            "compressed": look.appearance.blockiness,
        }
        if self.features is not None and look.features is not None:
            found["features"] = self.features.measure(look.features)
        return found

    def list_unlike(self, look: Look) -> list[Aspect]:
        """Aspects in which a photo lies outside the limits."""
        return [name for name, value in self.measure(look).items() if value > self.limits[name]]

    def choose_zoom(self, measure: Callable[[float], Numbers]) -> float:
        """Choose the size at which a photo's detail is most like training's.

        The photo as it is stays where its detail is within the limit, or no other size is clearly
        nearer.

        Args:
            measure: Zoom → detail of the photo at that size.

        Returns:
            1, or one of ``ZOOMS``.
        """
        limit = self.limits["detail"]
        native = self.detail.measure(measure(1.0))
        if native <= limit:
            return 1.0
        found = {}
        for zoom in ZOOMS:
            found[zoom] = self.detail.measure(measure(zoom))
            if found[zoom] <= limit:
                return zoom
        best = min(found, key=lambda zoom: found[zoom])
        return best if found[best] < _CLEARLY * native else 1.0


def fit_training_range(looks: Sequence[Look], groups: Iterable[str]) -> TrainingRange:
    """Find the limits of training photos, so that at most 1 of 20 others of their kind is beyond.

    Each photo is measured by what photos of other groups are like (5 folds).

    Args:
        looks: Of the training photos; at least two.
        groups: Source photo of each.

    Returns:
        The limits.
    """
    groups = list(groups)
    names = {name: number for number, name in enumerate(sorted(set(groups)))}
    order = np.random.default_rng(0).permutation(len(names))
    fold = np.array([order[names[group]] % _FOLDS for group in groups])
    apart: list[dict[Aspect, float]] = [{}] * len(looks)
    for number in range(min(_FOLDS, len(names))):
        others = [look for look, own in zip(looks, fold, strict=True) if own != number]
        fitted = _fit(others or looks)
        for index in np.flatnonzero(fold == number).tolist():
            apart[index] = fitted.measure(looks[index])
    return _fit(looks).model_copy(update={"limits": _find_limits(apart), "photos": len(looks)})


def _find_limits(apart: Sequence[Mapping[Aspect, float]]) -> dict[Aspect, float]:
    aspects = list(apart[0])
    values = np.array([[one[name] for name in aspects] for one in apart])
    limits = values.max(axis=0)
    weights = np.array([_WEIGHTS.get(name, 1.0) for name in aspects])
    for tail in _TAILS:
        levels = 1 - tail * weights
        limits = np.array([np.quantile(*one) for one in zip(values.T, levels, strict=True)])
        if (values > limits).any(axis=1).mean() <= _FALSE_SHARE:
            break
    return dict(zip(aspects, limits.tolist(), strict=True))


def _fit(looks: Sequence[Look]) -> TrainingRange:
    features = [look.features for look in looks if look.features is not None]
    return TrainingRange(
        detail=_fit_cloud(np.array([look.appearance.detail for look in looks])),
        features=_fit_spread(np.array(features)) if len(features) == len(looks) else None,
    )


def _fit_cloud(values: Numbers) -> Cloud:
    covariance = np.cov(values.T) if len(values) > 1 else np.eye(values.shape[1])
    covariance += 1e-6 * np.eye(len(covariance))
    shrunk = (1 - _RIDGE) * covariance + _RIDGE * np.diag(np.diag(covariance))
    inverse = np.linalg.inv(shrunk)
    return Cloud(mean=tuple(values.mean(axis=0)), precision=tuple(map(tuple, inverse.tolist())))


def _fit_spread(values: Numbers) -> Spread:
    return Spread(mean=tuple(values.mean(axis=0)), deviation=tuple(values.std(axis=0) + 1e-3))
