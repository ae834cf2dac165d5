"""Two bad files among thousands, checked by several processes."""

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.data_source import ListedImage
from crack_pipeline.ingestion.checked_table import CheckPlan, check_listing
from crack_pipeline.ingestion.checking import CheckSettings
from crack_pipeline.ingestion.fan_out import ParallelSettings
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.masks.reading import read_mask

N_PHOTOS = 2000
CUT_PHOTO, BAD_MASK = 777, 1234
HEIGHT_PX, WIDTH_PX = 24, 32


def encode(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def crack() -> np.ndarray:
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    cv2.line(mask, (2, 3), (28, 15), 1, thickness=2)
    return mask


@pytest.fixture
def photos(tmp_path, crack) -> list[ListedImage]:
    """Photos with masks stored in turn in four ways, three of which need repair."""
    noise = np.random.default_rng(0).normal(0, 10, crack.shape)
    grey = (150 + noise - 70 * crack).clip(0, 255).astype(np.uint8)
    photo = encode(np.dstack([grey] * 3), "JPEG")
    white = crack * np.uint8(255)
    stored = [white, crack.astype(bool), 255 - white, np.dstack([white] * 3)]
    masks = [encode(one, "PNG") for one in stored]
    folder = tmp_path / "raw é 🧱"
    folder.mkdir()
    listed = []
    for number in range(N_PHOTOS):
        image_path, mask_path = folder / f"{number}.jpg", folder / f"{number}.PNG"
        image_path.write_bytes(photo[:-100] if number == CUT_PHOTO else photo)
        mask_path.write_bytes(masks[number % 4][:-30] if number == BAD_MASK else masks[number % 4])
        listed.append(ListedImage(f"{number:04d}", image_path, mask_path=mask_path))
    return listed


def digest_tree(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        file.name: (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in folder.iterdir()
    }


def test_the_bad_files_are_set_aside_alone_and_raw_files_stay(tmp_path, photos, crack):
    before = digest_tree(photos[0].image_path.parent)
    plan = CheckPlan(
        tmp_path / "checks",
        tmp_path / "masks",
        CheckSettings(500),
        ParallelSettings(n_jobs=2, min_files=1),
    )
    checked, thumbnails = check_listing(describe_listing(photos), plan)
    assert len(checked) == len(thumbnails) == N_PHOTOS
    assert digest_tree(photos[0].image_path.parent) == before

    bad = checked[checked["reason"] != ""].set_index("image_id")["reason"]
    assert bad.index.tolist() == [f"{CUT_PHOTO:04d}", f"{BAD_MASK:04d}"]
    assert bad.iloc[0].startswith("truncated file")
    assert bad.iloc[1].startswith("bad mask, truncated file")

    good = checked[checked["reason"] == ""]
    assert (good["label"] == 1).all()
    assert good["mended"].str.len().gt(0).sum() == good["repaired_mask"].notna().sum()
    written = set(good["repaired_mask"].dropna())
    assert len(written) == 3 * N_PHOTOS // 4 - 2  # both bad ones were of a kind that needs repair
    assert written == {str(path) for path in (tmp_path / "masks").iterdir()}
    assert all(np.array_equal(read_mask(Path(path)), crack) for path in written)
