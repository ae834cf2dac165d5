"""Photos with a dark line of known place and width, and their masks."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from crack_pipeline.manifest import OK, validate_manifest

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]
DrawPair = Callable[..., Pair]


@pytest.fixture
def draw_pair() -> DrawPair:
    """Draws a wavy dark line on a seeded grey surface, and the mask that fits it."""

    def draw(
        seed: int, *, width_px: int = 320, height_px: int = 240, line_px: int = 7, depth: int = 80
    ) -> Pair:
        rng = np.random.default_rng(seed)
        columns = np.arange(width_px)
        waves = sum(
            rng.uniform(4, 9) * np.sin(columns / rng.uniform(12, 40) + rng.uniform(0, 6))
            for _ in range(3)
        )
        rows = height_px / 2 + rng.uniform(-30, 30) + waves
        mask = np.zeros((height_px, width_px), np.uint8)
        points = np.stack([columns, rows], axis=1).round().astype(np.int32)[None]
        cv2.polylines(mask, points, isClosed=False, color=1, thickness=line_px)
        grey = 150 + rng.normal(0, 6, mask.shape) - depth * mask.astype(float)
        grey = cv2.GaussianBlur(grey, (0, 0), 0.8)
        return np.clip(grey, 0, 255).astype(np.uint8), mask

    return draw


@pytest.fixture
def pair_manifest(draw_pair: DrawPair, tmp_path: Path) -> pd.DataFrame:
    """Twelve photos with masks on disk; that of ``photo_05`` lies 8 px too low."""
    rows = []
    for number in range(12):
        grey, mask = draw_pair(number, width_px=200, height_px=160)
        if number == 5:
            mask = np.roll(mask, 8, 0)
        paths = {kind: tmp_path / f"{kind}_{number:02d}.png" for kind in ("photo", "mask")}
        cv2.imwrite(str(paths["photo"]), grey)
        cv2.imwrite(str(paths["mask"]), mask * 255)
        rows.append(_describe(number, paths["photo"], paths["mask"]))
    return validate_manifest(pd.DataFrame(rows))


def _describe(number: int, photo: Path, mask: Path) -> dict[str, object]:
    image_id = f"photo_{number:02d}"
    return {
        "image_id": image_id,
        "source": "lines",
        "image_path": str(photo),
        "label": 1,
        "mask_path": str(mask),
        "raw_mask_path": str(mask),
        "width_px": 200,
        "height_px": 160,
        "sha256": f"{number:064x}",
        "mask_sha256": f"{number:064x}",
        "phash": f"{number:016x}",
        "photo_id": image_id,
        "surface": None,
        "group_id": image_id,
        "fold": None,
        "split": ("train", "train", "validation", "test")[number % 4],
        "status": OK,
        "reason": "",
        "mended": "",
    }


@pytest.fixture
def write_out_of_fold() -> Callable[..., Path]:
    """Writes predictions as cross-validation does."""

    def write(
        folder: Path, predictions: Mapping[str, object], *, task: str, manifest_digest: str
    ) -> Path:
        store = folder / task / "out_of_fold"
        (store / "maps").mkdir(parents=True)
        rows = []
        for number, (image_id, prediction) in enumerate(predictions.items()):
            row = {"image_id": image_id, "fold": number % 2, "map_file": None}
            if task == "segmentation":
                name = f"maps/{hashlib.sha1(image_id.encode()).hexdigest()}.png"
                levels = np.rint(np.asarray(prediction) * 255).astype(np.uint8)
                cv2.imwrite(str(store / name), levels)
                row |= {"map_file": name, "probability": float(np.max(prediction))}
            else:
                row |= {"probability": prediction}
            rows.append(row)
        pd.DataFrame(rows).to_parquet(store / "predictions.parquet")
        marker = {"task": task, "manifest_digest": manifest_digest, "folds": [0, 1]}
        (store / "finished.json").write_text(json.dumps(marker))
        return store

    return write
