"""Probability maps and labels that code draws: the same on every machine, as is what is measured.

Values are rounded to thousandths of float64, and lines are drawn without a library, so that no
processor and no version of OpenCV decides a level.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

HEIGHT_PX, WIDTH_PX = 72, 96


def draw_maps(n_photos: int = 24) -> list[tuple[NDArray[np.float32], NDArray[np.uint8]]]:
    """Draw probability maps beside their masks.

    Args:
        n_photos: How many; every sixth shows no crack.

    Returns:
        (H, W) float32 of thousandths, and (H, W) uint8 of {0, 1}, of each photo.
    """
    rng = np.random.default_rng(7)
    return [_draw_map(number, rng) for number in range(n_photos)]


def _draw_map(
    number: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX]
    truth = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    seen = np.zeros((HEIGHT_PX, WIDTH_PX))
    for _ in range(0 if number % 6 == 5 else 1 + number % 3):
        middle, slope = rng.integers(8, HEIGHT_PX - 8), rng.integers(-3, 4)
        width, offset = rng.integers(1, 10), rng.integers(-2, 3)
        skill = 0.1 if rng.integers(0, 12) > width + 3 else 0.8  # thin ones are missed first
        centre = middle + slope * (columns - WIDTH_PX // 2) // 6
        truth[(rows >= centre) & (rows < centre + width)] = 1
        near = (rows >= centre + offset) & (rows < centre + offset + width)
        seen = np.maximum(seen, skill * near)
    noise = rng.integers(0, 300, truth.shape) / 1000
    doubt = (rng.integers(0, 900, truth.shape) == 0) * 0.4
    probability = np.round(np.clip(0.75 * seen + noise + doubt, 0, 1) * 1000) / 1000
    return probability.astype(np.float32), truth


def name_photos(n_photos: int) -> pd.DataFrame:
    """Rows of the drawn photos: two or three of each source photo."""
    numbers = range(n_photos)
    return pd.DataFrame(
        {
            "image_id": [f"photo_{number:02d}" for number in numbers],
            "group_id": [f"group_{number // 2 - (number % 7 == 6):02d}" for number in numbers],
            "source": ["wall" if number % 3 else "road" for number in numbers],
            "surface": pd.Series(
                ["asphalt" if number % 4 else "concrete" for number in numbers], dtype="string"
            ),
        }
    )


def draw_labels(n_photos: int = 90) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Draw labels and what a classifier thinks of them, with ties.

    Returns:
        Rows with ``label``, and probabilities in hundredths.
    """
    rng = np.random.default_rng(11)
    labels = rng.integers(0, 3, n_photos) > 0
    score = 0.3 + 0.35 * labels + rng.integers(-30, 31, n_photos) / 100
    rows = name_photos(n_photos).assign(label=pd.array(labels.astype(int), dtype="Int64"))
    return rows, np.round(np.clip(score, 0, 1) * 100) / 100
