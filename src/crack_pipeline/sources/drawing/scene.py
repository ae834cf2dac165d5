"""The surface in front of the camera, before lighting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.noise import Field

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
    def shape(self) -> tuple[int, int]:
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


def pick_tint(rng: np.random.Generator, tints: tuple[Tint, ...]) -> NDArray[np.float32]:
    """One of some tints, slightly changed; (3,) float32."""
    tint = np.asarray(tints[int(rng.integers(len(tints)))])
    return np.asarray(tint * rng.uniform(0.99, 1.01, 3), np.float32)
