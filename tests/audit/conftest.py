"""A manifest of drawn photos that share nothing, to be spoilt by each test."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from crack_pipeline.manifest import OK, usable_rows, validate_manifest
from crack_pipeline.splits.hashing import hash_thumbnail, shrink_to_thumbnail

SPLITS = ("train",) * 14 + ("validation",) * 8 + ("test",) * 14
FIRST_TEST = SPLITS.index("test")


@pytest.fixture
def photos(draw_surface: Callable[..., NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Surfaces that are all different; every second one counts as cracked."""
    return [draw_surface(seed) for seed in range(len(SPLITS))]


@pytest.fixture
def write_manifest(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """Writes photos and gives their manifest; ``changes`` are of columns."""

    def write(photos: list[NDArray[np.uint8]], **changes: list[object]) -> pd.DataFrame:
        rows = [_write_photo(tmp_path, number, photo) for number, photo in enumerate(photos)]
        return validate_manifest(pd.DataFrame(rows).assign(**changes))

    return write


@pytest.fixture
def clean_rows(photos, write_manifest) -> pd.DataFrame:
    """Usable rows of photos that share nothing."""
    return usable_rows(write_manifest(photos))


def _write_photo(folder: Path, number: int, photo: NDArray[np.uint8]) -> dict[str, object]:
    image_id = f"photo_{number:02d}"
    path = folder / f"{image_id}.png"
    cv2.imwrite(str(path), photo)
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return {
        "image_id": image_id,
        "source": "surfaces",
        "image_path": str(path),
        "label": number % 2,
        "mask_path": str(path),
        "raw_mask_path": str(path),
        "width_px": photo.shape[1],
        "height_px": photo.shape[0],
        "sha256": f"{hash(photo.tobytes()) & (2**60 - 1):064x}",
        "mask_sha256": f"{number:064x}",
        "phash": hash_thumbnail(shrink_to_thumbnail(grey)),
        "photo_id": image_id,
        "surface": None,
        "group_id": image_id,
        "fold": None,
        "split": SPLITS[number],
        "status": OK,
        "reason": "",
        "mended": "",
    }
