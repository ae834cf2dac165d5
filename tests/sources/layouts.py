"""Draw small data sets in the layouts of the real ones: same folders, names and kinds of files.

Each writer draws the same files for the same seed, into a folder that it makes.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
OwnLayout = Literal["masks", "classes", "labels", "photos"]


def draw_photo(
    seed: int, *, width_px: int, height_px: int, cracked: bool = True
) -> tuple[Pixels, Pixels]:
    """A concrete-like surface, with one dark winding crack or without.

    Returns:
        (H, W, 3) uint8 photo and (H, W) uint8 mask {0, 255}.
    """
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(
        rng.normal(0, 14, (height_px // 8 + 2, width_px // 8 + 2)), None, fx=8, fy=8
    )
    grey = 150 + coarse[:height_px, :width_px] + rng.normal(0, 7, (height_px, width_px))
    mask = np.zeros((height_px, width_px), np.uint8)
    if cracked:
        _draw_crack(rng, mask)
        grey = np.where(cv2.GaussianBlur(mask, (0, 0), 0.7) > 100, 0.45 * grey, grey)
    photo = grey[..., None] * np.array([1.0, 0.98, 0.94])
    return photo.clip(0, 255).astype(np.uint8), mask


def write_metu(folder: Path, seed: int = 0, *, n_photos: int = 12) -> Path:
    """``Positive`` and ``Negative``, 227×227 px JPEG; half of the patches each."""
    for name in ("Positive", "Negative"):
        for number in range(n_photos // 2):
            cracked = name == "Positive"
            photo, _ = draw_photo(
                _mix(seed, number, cracked), width_px=227, height_px=227, cracked=cracked
            )
            stem = f"{19378 + number}_1" if cracked and number % 3 == 1 else f"{number + 1:05d}"
            _save(folder / name / f"{stem}.jpg", photo)
    return folder


def write_concrete_masks(folder: Path, seed: int = 0, *, n_photos: int = 12) -> Path:
    """``Concrete/Concrete/Positive|Negative`` with JPEG masks of 3 channels, and what lies beside.

    As handed out: the masks of ``Negative`` lie in ``Mask``; ``Positive`` holds boxes too, and
    some of its photos and masks are PNG.
    """
    for name, masks in (("Positive", "Masks"), ("Negative", "Mask")):
        root = folder / "Concrete" / "Concrete" / name
        for number in range(n_photos // 2):
            cracked = name == "Positive"
            photo, mask = draw_photo(
                _mix(seed, number, cracked), width_px=227, height_px=227, cracked=cracked
            )
            file = f"{number + 1:05d}.{'png' if cracked and number == 2 else 'jpg'}"
            _save(root / "Images" / file, photo)
            _save(root / masks / file, np.repeat(mask[..., None], 3, axis=2))
    boxes = folder / "Concrete" / "Concrete" / "Positive" / "Boxs"
    boxes.mkdir(parents=True, exist_ok=True)
    (boxes / "00001.txt").write_text("0 0.5 0.5 0.4 0.1\n")
    (folder / "Unity_Generation").mkdir(exist_ok=True)
    return folder


def write_deepcrack(folder: Path, seed: int = 0, *, n_train: int = 12, n_test: int = 4) -> Path:
    """``train_img``, ``train_lab``, ``test_img``, ``test_lab``: 544×384 px, some of one photo.

    Every second test mask is a PNG of 1 bit.
    """
    for split, first, count in (("train", 11111, n_train), ("test", 11215, n_test)):
        for number in range(count):
            photo, mask = draw_photo(
                _mix(seed, number, split == "test"), width_px=544, height_px=384
            )
            stem = (
                f"{first + number // 2}-{number % 2 + 1}"
                if number < count // 2
                else (f"{first + number}")
            )
            _save(folder / f"{split}_img" / f"{stem}.jpg", photo)
            place = folder / f"{split}_lab" / f"{stem}.png"
            _save(place, mask)
            if split == "test" and number % 2:
                Image.fromarray(mask).convert("1").save(place)
    return folder


def write_crack500(folder: Path, seed: int = 0, *, n_photos: int = 6) -> Path:
    """``traincrop/traincrop`` and its likes, with the lists: 640×360 px crops, two of each photo.

    Half of the photos are for training, and one at least for validation and for testing.
    """
    n_other = max(1, n_photos // 4)
    parts = {"train": n_photos - 2 * n_other, "val": n_other, "test": n_other}
    number = 0
    for split, count in parts.items():
        lines = []
        for _ in range(count):
            photo, mask = draw_photo(_mix(seed, number), width_px=1280, height_px=360)
            for x in (1, 641):
                stem = f"20160222_0810{number + 11}_{x}_361"
                _save(
                    folder / f"{split}crop" / f"{split}crop" / f"{stem}.jpg",
                    photo[:, x - 1 : x + 639],
                )
                _save(
                    folder / f"{split}crop" / f"{split}crop" / f"{stem}.png",
                    mask[:, x - 1 : x + 639],
                )
                lines.append(f"{split}crop/{stem}.jpg {split}crop/{stem}.png\n")
            number += 1
        (folder / f"{split}.txt").write_text("".join(lines))
    return folder


def write_sdnet2018(folder: Path, seed: int = 0, *, n_photos: int = 4) -> Path:
    """``D|P|W`` / ``CD|UD``, …: 256×256 px crops, two cracked and two not of each photo."""
    for surface, first in (("D", "70{:02d}"), ("P", "0{:02d}"), ("W", "71{:02d}")):
        for number in range(n_photos):
            for crop in range(4):
                cracked = crop < 2
                photo, _ = draw_photo(
                    _mix(seed, ord(surface), number, crop),
                    width_px=256,
                    height_px=256,
                    cracked=cracked,
                )
                stem = f"{first.format(number + 1)}-{crop * 50 + 15}"
                ending = "_2" if crop == 3 and number == 0 else ""
                place = folder / surface / f"{'C' if cracked else 'U'}{surface}"
                _save(place / f"{stem}{ending}.jpg", photo)
    return folder


def write_folder(
    folder: Path, seed: int = 0, *, layout: OwnLayout = "masks", n_photos: int = 12
) -> Path:
    """One's own photos, 320×288 px: with masks, sorted by class, with ``labels.csv``, or alone.

    Names hold spaces, accents and an emoji; a suffix is in upper case; photos lie in subfolders.
    """
    rows = []
    for number in range(n_photos):
        cracked = number % 2 == 0
        photo, mask = draw_photo(_mix(seed, number), width_px=320, height_px=288, cracked=cracked)
        name = f"{('Brücke 1', 'mur été', 'pont 🌉')[number % 3]}/photo {number:02d}"
        suffix = ".JPG" if number == 1 else ".jpg"
        if layout == "masks":
            _save(folder / "images" / f"{name}{suffix}", photo)
            _save(folder / "masks" / f"{name}.png", mask)
        elif layout == "classes":
            _save(folder / ("crack" if cracked else "no_crack") / f"{name}{suffix}", photo)
        else:
            _save(folder / f"{name}{suffix}", photo)
            rows.append({"image": f"{name}{suffix}", "label": int(cracked)})
    if layout == "labels":
        with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["image", "label"])
            writer.writeheader()
            writer.writerows(rows)
    return folder


def touch(folder: Path, *names: str) -> Path:
    """Make empty files: enough where nothing is opened."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def _draw_crack(rng: np.random.Generator, mask: Pixels) -> None:
    """Draw a winding line from left to right, 3 to 6 px wide."""
    height_px, width_px = mask.shape
    columns = np.linspace(0, width_px - 1, 12)
    rows = height_px / 2 + np.cumsum(rng.normal(0, height_px / 24, columns.size))
    points = np.stack([columns, rows.clip(4, height_px - 5)], axis=1).round().astype(np.int32)
    cv2.polylines(mask, [points], isClosed=False, color=255, thickness=int(rng.integers(3, 7)))


def _save(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, format="PNG" if path.suffix == ".png" else "JPEG")


def _mix(*numbers: int) -> int:
    return int(np.random.SeedSequence([int(number) for number in numbers]).generate_state(1)[0])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def read_all(folder: Path) -> dict[str, bytes]:
    """Path below the folder → content, of every file."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
