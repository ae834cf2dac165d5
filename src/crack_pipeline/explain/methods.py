"""Methods that explain a score by a heat map: by gradients, or by hiding parts of the photo."""

from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.gradients import LogitGradients, Photos, Weights
from crack_pipeline.explain.layers import FeatureLayer
from crack_pipeline.explain.settings import (
    ALL_METHODS,
    BaselineName,
    ExplanationSettings,
    IntegratedGradientsSettings,
    OcclusionSettings,
    SmoothgradSettings,
)
from crack_pipeline.task_specs import task_spec
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.types import RgbImage, Task
from crack_pipeline.wording.suggestions import suggest_name

HeatMap: TypeAlias = NDArray[np.float32]
"""(H, W) float32 in [0, 1]; 1 is where most of the explanation lies, 0 where none does."""

_TITLES = {
    "smoothgrad": "SmoothGrad",
    "integrated_gradients": "integrated gradients",
    "grad_cam": "Grad-CAM",
}
_BLUR_SHARE = 1 / 8
"""Standard deviation of the blur as a share of the longer side: wider than cracks are."""


def normalize_heat(values: NDArray[np.floating]) -> HeatMap:
    """Bring a map to [0, 1]: what is below 0 becomes 0, the highest value becomes 1.

    Args:
        values: (H, W); not finite counts as 0.

    Returns:
        The heat map; all 0 where nothing is above 0.
    """
    positive = np.maximum(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0.0)
    highest = float(positive.max(initial=0.0))
    scaled = positive / highest if highest > 0 else positive
    return np.asarray(scaled, np.float32)


def make_baseline(photo: NDArray[np.float32] | RgbImage, name: BaselineName) -> NDArray[np.float32]:
    """Replace a photo by one that shows no crack.

    Args:
        photo: (H, W, 3), 0–255.
        name: ``blurred`` (Gaussian, standard deviation an eighth of the longer side: light and
            colour stay, cracks go), ``mean`` (its mean colour everywhere), ``black``, ``white``.

    Returns:
        (H, W, 3) float32, 0–255.
    """
    values = np.asarray(photo, np.float32)
    if name == "blurred":
        sigma_px = max(values.shape[:2]) * _BLUR_SHARE
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)
    if name == "mean":
        return np.broadcast_to(values.mean(axis=(0, 1)), values.shape).astype(np.float32)
    return np.full(values.shape, 255.0 if name == "white" else 0.0, np.float32)


def map_saliency(gradients: LogitGradients, photo: Photos, weights: Weights) -> HeatMap:
    """Saliency: how much the score changes with each pixel, max over colours of |∂S/∂x|.

    Args:
        gradients: Of the network.
        photo: (T, T, 3).
        weights: (T, T), or (1,) for a classifier.

    Returns:
        (T, T).

    Source:
        Simonyan, Vedaldi, Zisserman (2013), Deep inside convolutional networks, §3,
        arXiv:1312.6034.
    """
    _, gradient = gradients.of_input(photo[None], weights)
    return normalize_heat(_strongest_colour(gradient[0]))


def map_smoothgrad(
    gradients: LogitGradients,
    photo: Photos,
    weights: Weights,
    settings: SmoothgradSettings,
    *,
    seed: int,
) -> HeatMap:
    """SmoothGrad: the mean gradient of noisy copies of the photo, max over colours of its size.

    Copies come in pairs of opposite noise, which cancels more of it for half the draws.

    Args:
        gradients: Of the network.
        photo: (T, T, 3).
        weights: (T, T), or (1,) for a classifier.
        settings: Number of copies, strength of the noise.
        seed: Of the noise.

    Returns:
        (T, T), the same for the same seed.

    Source:
        Smilkov et al. (2017), SmoothGrad: removing noise by adding noise, equation 1,
        arXiv:1706.03825.
    """
    rng = np.random.default_rng(seed)
    sigma = np.float32(settings.noise_share * max(float(np.ptp(photo)), 1.0))
    total = np.zeros(photo.shape, np.float32)
    for count in _chunk_sizes(settings.samples, gradients.batch_size):
        noise = rng.standard_normal((count - count // 2, *photo.shape), np.float32)
        noise *= sigma
        copies = np.concatenate([photo + noise, photo - noise[: count // 2]])
        total += gradients.of_input(copies, weights)[1].sum(axis=0)
    return normalize_heat(_strongest_colour(total))


@dataclass(frozen=True, slots=True, eq=False)
class PathAttribution:
    """Result of integrated gradients.

    Attributes:
        attribution: (T, T, 3) float64, what each intensity adds to the score.
        difference: Score of the photo less score of the baseline.
        steps: Gradients that were taken on the path.
    """

    attribution: NDArray[np.float64]
    difference: float
    steps: int

    @property
    def gap(self) -> float:
        """Difference between the sum of the attributions and ``difference``, as a share of it."""
        missing = abs(float(self.attribution.sum()) - self.difference)
        return missing / max(abs(self.difference), 1e-6)

    @property
    def heat(self) -> HeatMap:
        """(T, T) size of what each pixel adds, its colours added up, for or against crack."""
        return normalize_heat(np.abs(self.attribution.sum(axis=-1)))


def integrate_gradients(
    gradients: LogitGradients,
    photo: Photos,
    weights: Weights,
    settings: IntegratedGradientsSettings,
) -> PathAttribution:
    """Integrated gradients, by the trapezoidal rule along the straight path from a baseline.

    Completeness: the attributions add up to the difference of the scores of photo and baseline. The
    same holds of each stretch of the path, and the scores at its ends are known, so that it can be
    seen which stretches are taken too coarsely: the worst are halved until the whole adds up within
    ``largest_gap``. Networks jump in some places of the path, where even steps would be wasted.

    Args:
        gradients: Of the network.
        photo: (T, T, 3).
        weights: (T, T), or (1,) for a classifier.
        settings: Baseline and steps.

    Returns:
        The attributions; their ``gap`` may be larger where ``most_steps`` are not enough.

    Source:
        Sundararajan, Taly, Yan (2017), Axiomatic attribution for deep networks, equations 1 and 3,
        https://proceedings.mlr.press/v70/sundararajan17a.html (there with even steps).
    """
    baseline = make_baseline(photo, settings.baseline)
    path = _Path(gradients, baseline, photo - baseline, weights)
    path.add(np.linspace(0, 1, settings.steps))
    while True:
        result = path.integrate()
        room = settings.most_steps - result.steps
        if result.gap <= settings.largest_gap or room < 1:
            return result
        path.add(path.middles_of_worst(min(room, gradients.batch_size)))


def map_grad_cam(
    gradients: LogitGradients, photo: Photos, weights: Weights, layer: FeatureLayer
) -> HeatMap:
    """Grad-CAM; with a region as weights, Seg-Grad-CAM.

    Each feature map is weighted by the mean of the score's gradient over it; of the sum what is
    above 0 counts, enlarged to the photo.

    Args:
        gradients: Of the network.
        photo: (T, T, 3).
        weights: (T, T), or (1,) for a classifier.
        layer: Whose maps are weighted.

    Returns:
        (T, T).

    Source:
        Selvaraju et al. (2017), Grad-CAM, equations 1 and 2, arXiv:1610.02391; Vinogradova,
        Dibrov, Myers (2020), Towards interpretable semantic segmentation via gradient-weighted
        class activation mapping, equation 2, arXiv:2002.11434.
    """
    features, slopes = gradients.of_features(photo, weights, layer.layer)
    cam = normalize_heat((features * slopes.mean(axis=(0, 1))).sum(axis=-1))
    size = (photo.shape[1], photo.shape[0])
    return normalize_heat(np.asarray(cv2.resize(cam, size, interpolation=cv2.INTER_LINEAR)))


def map_occlusion(
    gradients: LogitGradients, photo: Photos, weights: Weights, settings: OcclusionSettings
) -> HeatMap:
    """Occlusion: how far the score falls when a square of the photo is hidden.

    The square takes the photo's mean colour; a pixel's heat is the mean fall over the squares that
    hide it, and 0 where the score rises.

    Args:
        gradients: Of the network; only its scores are asked.
        photo: (T, T, 3).
        weights: (T, T), or (1,) for a classifier.
        settings: Side and step of the square.

    Returns:
        (T, T).

    Source:
        Zeiler, Fergus (2014), Visualizing and understanding convolutional networks, §4.2,
        arXiv:1311.2901.
    """
    places = _list_places(photo.shape[:2], settings)
    hidden = make_baseline(photo, "mean")
    whole = float(gradients.scores(photo[None], weights)[0])
    fall, hits = np.zeros(photo.shape[:2]), np.zeros(photo.shape[:2])
    for first in range(0, len(places), gradients.batch_size):
        chosen = places[first : first + gradients.batch_size]
        copies = np.repeat(photo[None], len(chosen), axis=0)
        for copy, place in zip(copies, chosen, strict=True):
            copy[place] = hidden[place]
        for score, place in zip(gradients.scores(copies, weights), chosen, strict=True):
            fall[place] += whole - score
            hits[place] += 1
    return normalize_heat(fall / hits)


class _Path:
    """Scores and gradients at some shares of the way from a baseline to a photo."""

    def __init__(
        self, gradients: LogitGradients, baseline: Photos, way: Photos, weights: Weights
    ) -> None:
        self._network, self._baseline, self._way = gradients, baseline, way
        self._weights = weights
        self._shares = np.empty(0)
        self._scores = np.empty(0)
        self._slopes = np.empty(0)
        self._gradients: list[NDArray[np.float32]] = []

    def add(self, shares: NDArray[np.float64]) -> None:
        first = 0
        for count in _chunk_sizes(len(shares), self._network.batch_size):
            part = shares[first : first + count].astype(np.float32)
            photos = self._baseline + part[:, None, None, None] * self._way
            scores, found = self._network.of_input(photos, self._weights)
            slopes = [np.vdot(self._way, one) for one in found]
            self._scores = np.append(self._scores, scores)
            self._slopes = np.append(self._slopes, slopes)
            self._gradients += list(found)
            first += count
        self._shares = np.append(self._shares, shares)

    def integrate(self) -> PathAttribution:
        order = np.argsort(self._shares)
        lengths = np.diff(self._shares[order], prepend=0.0, append=1.0)
        parts = np.empty(len(order))
        parts[order] = (lengths[:-1] + lengths[1:]) / 2
        total = np.zeros(self._way.shape, np.float64)
        for part, gradient in zip(parts, self._gradients, strict=True):
            total += part * gradient
        difference = self._scores[order[-1]] - self._scores[order[0]]
        return PathAttribution(self._way * total, float(difference), len(order))

    def middles_of_worst(self, count: int) -> NDArray[np.float64]:
        order = np.argsort(self._shares)
        ends, slopes = self._shares[order], self._slopes[order]
        integral = np.diff(ends) * (slopes[:-1] + slopes[1:]) / 2
        error = np.abs(integral - np.diff(self._scores[order]))
        worst = np.argsort(-error, kind="stable")[:count]
        return np.asarray((ends[worst] + ends[worst + 1]) / 2, np.float64)


def _strongest_colour(gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    # Colour by colour: NumPy takes ten times as long for the maximum over an axis of three.
    red, green, blue = np.moveaxis(np.abs(gradient), -1, 0)
    return np.asarray(np.maximum(np.maximum(red, green), blue), np.float32)


def _chunk_sizes(total: int, size: int) -> list[int]:
    return [min(size, total - first) for first in range(0, total, size)]


def _list_places(shape: tuple[int, ...], settings: OcclusionSettings) -> list[tuple[slice, slice]]:
    height, width = shape
    side = min(settings.patch_px, height, width)
    overlap_px = max(0, side - settings.stride_px)
    rows, columns = (tile_starts(length, side, overlap_px) for length in (height, width))
    return [(slice(y, y + side), slice(x, x + side)) for y in rows for x in columns]


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A heat map and what is to be known of it.

    Attributes:
        heat: (T, T).
        facts: Numbers of how it was made: ``completeness_gap`` and ``steps`` of integrated
            gradients.
    """

    heat: HeatMap
    facts: dict[str, float] = field(default_factory=dict)


def apply_method(
    name: str,
    gradients: LogitGradients,
    photo: Photos,
    weights: Weights,
    *,
    settings: ExplanationSettings,
    layer: FeatureLayer | None,
) -> Heat:
    """Explain one photo by one method.

    Args:
        name: One of ``ALL_METHODS``.
        gradients: Of the network.
        photo: (T, T, 3) intensities 0–255.
        weights: (T, T) weights of the pixels' logits, or (1,) for a classifier.
        settings: Of the methods.
        layer: For Grad-CAM.

    Returns:
        The map, the same for the same seed.

    Raises:
        ParameterError: If there is no such method, or Grad-CAM has no layer.
    """
    if name == "saliency":
        return Heat(map_saliency(gradients, photo, weights))
    if name == "smoothgrad":
        smooth = settings.smoothgrad
        return Heat(map_smoothgrad(gradients, photo, weights, smooth, seed=settings.seed))
    if name == "integrated_gradients":
        path = integrate_gradients(gradients, photo, weights, settings.integrated_gradients)
        return Heat(path.heat, {"completeness_gap": path.gap, "steps": float(path.steps)})
    if name == "occlusion":
        return Heat(map_occlusion(gradients, photo, weights, settings.occlusion))
    if name != "grad_cam":
        raise ParameterError(
            "explanation.<task>.methods must name known methods.",
            received=name,
            remedy=suggest_name(name, ALL_METHODS),
        )
    if layer is None:
        raise ParameterError(
            "Grad-CAM needs the layer whose maps it weights.",
            received="none",
            remedy="Choose one with `choose_layer`.",
        )
    return Heat(map_grad_cam(gradients, photo, weights, layer))


def title_of(name: str, task: Task) -> str:
    """Name of a method as figures give it.

    Args:
        name: One of ``ALL_METHODS``.
        task: For masks, Grad-CAM is Seg-Grad-CAM.

    Returns:
        Its usual name.
    """
    title = _TITLES.get(name, name)
    return f"Seg-{title}" if name == "grad_cam" and task_spec(task).truth == "masks" else title
