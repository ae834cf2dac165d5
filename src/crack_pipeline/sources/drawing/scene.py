"""The surface in front of the camera, before lighting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.noise import Field, Rng, Shape, blur, draw_noise
from crack_pipeline.types import RgbImage

Tint = tuple[float, float, float]
"""Factors of red, green and blue, about 1."""


@dataclass
class Scene:
    """A surface that is drawn upon, step by step.

    Attributes:
        reflectance: (H, W, 3) float32, share of light thrown back, red, green, blue.
        relief: (H, W) float32 height in px; its slope towards the light is what shades.
        shadow: (H, W) float32 share of direct light that arrives, 1 is full light.
    """

    reflectance: NDArray[np.float32]
    relief: Field
    shadow: Field

    @property
    def shape(self) -> Shape:
        """Height and width in px."""
        return self.relief.shape[0], self.relief.shape[1]

    def paint(self, cover: Field, colour: NDArray[np.float32] | Field | float) -> None:
        """Cover the surface with a colour.

        Args:
            cover: (H, W) share of each pixel that is covered, in [0, 1].
            colour: Reflectance, one number, (3,), (H, W, 1) or (H, W, 3).
        """
        self.reflectance += cover[..., None] * (colour - self.reflectance)

    def darken(self, factor: Field) -> None:
        """Multiply the reflectance with (H, W) factors; above 1 lightens."""
        self.reflectance *= factor[..., None]


def pick_tint(rng: Rng, tints: tuple[Tint, ...]) -> NDArray[np.float32]:
    """One of some tints, slightly changed; (3,) float32."""
    tint = np.asarray(tints[int(rng.integers(len(tints)))])
    return np.asarray(tint * rng.uniform(0.99, 1.01, 3), np.float32)


GAMMA = 2.2
"""Exponent between intensity and light."""


def take_photo(scene: Scene, rng: Rng) -> RgbImage:
    """Light a scene unevenly from one side and photograph it.

    Args:
        scene: What is in front of the camera.
        rng: Source of randomness.

    Returns:
        (H, W, 3) uint8.
    """
    light = _shine(scene, rng)
    warmth = rng.normal(0, 0.03)
    cast = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    radiance = scene.reflectance * light[..., None] * cast
    radiance = blur(radiance, rng.uniform(0.45, 0.9))
    exposed = _expose(radiance, rng)
    noisy = _add_noise(exposed, rng)
    return np.clip(np.rint(noisy * 255), 0, 255).astype(np.uint8)


def _shine(scene: Scene, rng: Rng) -> Field:
    height, width = scene.shape
    angle = rng.uniform(0, 2 * np.pi)
    slope_y, slope_x = np.gradient(scene.relief)
    slope = np.cos(angle) * slope_x + np.sin(angle) * slope_y
    shading = np.clip(1 + rng.uniform(0.15, 0.4) * slope, 0.3, 1.8)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    tilt = rng.uniform(0, 0.3)
    fall = 1 + tilt * (np.cos(angle) * x + np.sin(angle) * y)
    vignette = 1 - rng.uniform(0, 0.25) * (x**2 + y**2) / 2
    uneven = 1 + rng.uniform(0, 0.06) * draw_noise(rng, scene.shape, 250, 2)
    return np.asarray(shading * fall * vignette * uneven * scene.shadow, np.float32)


def _expose(radiance: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """Bring the mean near a middle grey, as an automatic exposure does, and apply the gamma."""
    aim = rng.uniform(0.14, 0.48)
    gain = (aim / max(float(radiance.mean()), 1e-3)) ** rng.uniform(0.6, 1.0)
    return np.asarray(np.clip(radiance * gain, 0, 1) ** (1 / GAMMA), np.float32)


def _add_noise(exposed: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """Sensor noise, stronger in the dark after the gamma, partly common to the colours."""
    shape = exposed.shape[:2]
    level = rng.uniform(0.004, 0.022)
    common = rng.standard_normal(shape, np.float32)[..., None]
    single = rng.standard_normal(exposed.shape, np.float32)
    return exposed + level * (1.3 - 0.6 * exposed) * (0.8 * common + 0.5 * single)
