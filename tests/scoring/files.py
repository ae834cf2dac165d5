"""Files of small predictions."""

from pathlib import Path

import cv2
import numpy as np


def write_png(folder: Path, name: str, samples: np.ndarray) -> Path:
    path = folder / f"{name}.png"
    assert cv2.imwrite(str(path), samples)
    return path


def write_npy(folder: Path, name: str, samples: np.ndarray) -> Path:
    np.save(folder / f"{name}.npy", samples)
    return folder / f"{name}.npy"


def draw_line(value: float, dtype: type) -> np.ndarray:
    samples = np.zeros((8, 10), dtype)
    samples[3] = value
    return samples


def draw_ramp(highest: float, dtype: type = np.float64, *, lowest: float = 0.0) -> np.ndarray:
    return np.linspace(lowest, highest, 80).reshape(8, 10).astype(dtype)
