"""Fixtures for tests of every package."""

import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from crack_pipeline.manifest import OK, validate_manifest
from crack_pipeline.storage import digest_file

# Timings vary on shared machines; pytest-timeout catches what hangs.
# CI repeats its examples: what random ones find belongs to those who run the tests by hand.
settings.register_profile("crack_pipeline", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("crack_pipeline")

DrawSurface = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def draw_surface() -> DrawSurface:
    """Draws a seeded, concrete-like RGB surface; different seeds are unrelated surfaces."""

    def draw(seed: int, *, width_px: int = 96, height_px: int = 72) -> NDArray[np.uint8]:
        rng = np.random.default_rng(seed)
        fine = rng.normal(0, 25, (height_px, width_px)).astype(np.float32)
        coarse = cv2.GaussianBlur(rng.normal(0, 160, (height_px, width_px)), (0, 0), 3)
        grey = 128 + cv2.GaussianBlur(fine, (0, 0), 1) + coarse
        tint = np.array([1.0, 0.97, 0.93])
        return np.clip(grey[..., None] * tint, 0, 255).astype(np.uint8)

    return draw


@pytest.fixture
def line_manifest(tmp_path: Path) -> pd.DataFrame:
    """Fourteen photos of 64×48 px, 4 train, 4 validation, 6 test; every second shows a line."""
    splits = ["train"] * 4 + ["validation"] * 4 + ["test"] * 6
    rows = [_write_line_photo(tmp_path, number, split) for number, split in enumerate(splits)]
    return validate_manifest(pd.DataFrame(rows))


@pytest.fixture
def wall_manifest(
    tmp_path: Path, line_manifest: pd.DataFrame, draw_surface: DrawSurface
) -> pd.DataFrame:
    """Another data set than ``line_manifest``: surfaces that share nothing, its masks."""
    folder = tmp_path / "wall photos"
    folder.mkdir()
    paths, digests = [], []
    for seed, (image_id, mask_path) in enumerate(
        zip(line_manifest["image_id"], line_manifest["mask_path"], strict=True), start=1000
    ):
        photo = draw_surface(seed, width_px=64, height_px=48)
        photo[cv2.imread(mask_path)[..., 0] > 0] //= 2
        paths.append(str(folder / f"{image_id}.png"))
        cv2.imwrite(paths[-1], photo)
        digests.append(digest_file(Path(paths[-1])))
    return validate_manifest(line_manifest.assign(image_path=paths, sha256=digests))


def _write_line_photo(folder: Path, number: int, split: str) -> dict[str, object]:
    image_id, cracked = f"photo_{number:02d}", number % 2 == 0
    photo, mask = _draw_line_photo(number, cracked=cracked)
    image_path, mask_path = folder / f"{image_id}.png", folder / f"{image_id}_mask.png"
    cv2.imwrite(str(image_path), photo)
    cv2.imwrite(str(mask_path), mask * 255)
    return {
        "image_id": image_id,
        "source": "lines",
        "image_path": str(image_path),
        "label": int(cracked),
        "mask_path": str(mask_path),
        "raw_mask_path": str(mask_path),
        "width_px": 64,
        "height_px": 48,
        "sha256": digest_file(image_path),
        "mask_sha256": digest_file(mask_path),
        "phash": f"{number:016x}",
        "photo_id": image_id,
        "surface": None,
        "group_id": image_id,
        "fold": None,
        "split": split,
        "status": OK,
        "reason": "",
        "mended": "",
    }


def _draw_line_photo(seed: int, *, cracked: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    photo = rng.normal(170, 6, (48, 64, 3)).clip(0, 255).astype(np.uint8)
    mask = np.zeros((48, 64), np.uint8)
    if cracked:
        row = int(rng.integers(8, 38))
        mask[row : row + 3, 5:60] = 1
        photo[mask > 0] = 40
    return photo, mask


@pytest.fixture(scope="session")
def empty_tracking_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with MLflow's tables and nothing in them: making these takes seconds."""
    from crack_pipeline.tracking.store import TrackingStore

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    assert TrackingStore(f"sqlite:///{path}", "unused").client.search_experiments() is not None
    return path


@pytest.fixture(scope="session")
def loud_plugins() -> None:
    """Kedro's plugins, imported: their own deprecations are not what tests are about."""
    with warnings.catch_warnings(record=True, action="always"):
        import kedro_mlflow.config.kedro_mlflow_config
        import kedro_mlflow.framework.cli.cli
        import kedro_mlflow.framework.hooks.mlflow_hook  # noqa: F401
        import kedro_viz.integrations.kedro.hooks
        import kedro_viz.integrations.kedro.run_hooks
        import kedro_viz.launchers.cli.main  # noqa: F401


@pytest.fixture
def tiny_project(
    tmp_path: Path,
    empty_tracking_store: Path,
    loud_plugins: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A Kedro project with the hooks and commands of this one and pipelines that take no time."""
    folder = tmp_path / "tiny project"
    shutil.copytree(Path(__file__).parent / "tiny_project", folder)
    conf = Path(__file__).parents[1] / "conf"
    shutil.copy(conf / "base" / "mlflow.yml", folder / "conf" / "base")
    shutil.copy(conf / "logging.yml", folder / "conf")
    shutil.copy(empty_tracking_store, folder / "mlflow.db")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("KEDRO_ENV", raising=False)
    return folder
