"""What is taken for a mask, by its levels alone: stored, resized and blurred masks, and pictures.

python benchmarks/mask_levels.py --path <folder with train_img/, train_lab/, test_img/, test_lab/>
"""

import argparse
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crack_pipeline.errors import MaskError
from crack_pipeline.images.reading import read_image
from crack_pipeline.masks.pictures import find_levels, measure_unsettled
from crack_pipeline.masks.reading import decode_mask, read_mask
from crack_pipeline.sources.synthetic import SampleSettings, draw_sample

Pixels = NDArray[np.uint8]
RESIZING = {
    "bilinear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
    "Lanczos": cv2.INTER_LANCZOS4,
}


def save(pixels: Pixels, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def blur(pixels: Pixels, sigma: float) -> Pixels:
    """Feather a mask."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def scale(pixels: Pixels, factor: float, how: int) -> Pixels:
    """Resize without care for levels."""
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def redden(mask: Pixels) -> Pixels:
    """Red on black, whose colours a JPEG stores at half the resolution."""
    return np.dstack([mask, np.zeros_like(mask), np.zeros_like(mask)])


def ways_to_store() -> dict[str, Callable[[Pixels], bytes]]:
    """What happens to masks of {0, 255} before they reach a folder."""
    ways: dict[str, Callable[[Pixels], bytes]] = {"as it is": save}
    for quality in (10, 30, 50, 75, 95):
        ways[f"JPEG, quality {quality}"] = lambda m, q=quality: save(m, "JPEG", quality=q)
    for quality in (30, 75):
        ways[f"red, JPEG {quality}"] = lambda m, q=quality: save(redden(m), "JPEG", quality=q)
        ways[f"WebP, quality {quality}"] = lambda m, q=quality: save(m, "WEBP", quality=q)
    for factor in (0.25, 0.5, 0.75, 1.5, 2.0):
        for name, how in RESIZING.items():
            ways[f"× {factor:g} {name}"] = lambda m, f=factor, h=how: save(scale(m, f, h))
    for sigma in (1.0, 1.5, 2.0, 3.0, 4.0):
        ways[f"blurred, σ {sigma:g}"] = lambda m, s=sigma: save(blur(m, s))
    return ways


def lay_over(photo: Pixels, mask: Pixels) -> Pixels:
    """A photo with its crack half red."""
    red = (photo // 2 + np.uint8([127, 0, 0])).astype(np.uint8)
    return np.where(mask[..., None] > 0, red, photo)


def show_on_screen(picture: Pixels, ground: int) -> Pixels:
    """A picture in a window with a title."""
    height, width = picture.shape[:2]
    screen = np.full((height + 300, width + 500, 3), ground, np.uint8)
    screen[:40] = 255 - ground
    colour = (ground,) * 3
    cv2.putText(screen, "File Edit View", (9, 29), 0, 0.8, colour, 1, cv2.LINE_AA)
    screen[150 : 150 + height, 250 : 250 + width] = picture
    return screen


def heat(mask: Pixels, sigma: float) -> Pixels:
    """A soft map of the crack, brightest where there is most of it."""
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    return np.asarray(soft / soft.max() * 255, np.uint8)


def pictures_of(photo: Pixels, mask: Pixels) -> dict[str, bytes]:
    """What is no mask, of one photo and its mask."""
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, grey.shape, np.uint8)
    maps = {f"heat map, σ {sigma}": save(heat(mask, sigma)) for sigma in (8, 12, 20)}
    return {
        "photo, JPEG 90": save(photo, "JPEG", quality=90),
        "photo, PNG": save(photo),
        "photo, grey": save(grey),
        "photo, inverted": save(255 - photo),
        "photo, reduced to a quarter": save(scale(photo, 0.25, cv2.INTER_AREA)),
        "photo, blurred, σ 4": save(blur(grey, 4)),
        "photo, equalized": save(np.asarray(cv2.equalizeHist(grey), np.uint8)),
        "photo, alpha is the mask": save(np.dstack([photo, mask])),
        "crack half red on the photo": save(lay_over(photo, mask)),
        "the same as JPEG 80": save(lay_over(photo, mask), "JPEG", quality=80),
        "photo on a dark screen": save(show_on_screen(photo, 32)),
        "photo on a light screen": save(show_on_screen(photo, 240)),
        "mask on a grey screen": save(show_on_screen(np.dstack([mask] * 3), 100)),
        "noise": save(noise),
        "gradient": save(np.tile(np.linspace(0, 255, 512).astype(np.uint8), (384, 1))),
        "distance to the crack": save(
            np.minimum(cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5), 255).astype(np.uint8)
        ),
        "heat map in colours": save(
            np.asarray(cv2.applyColorMap(heat(mask, 12), cv2.COLORMAP_JET), np.uint8)
        ),
        **maps,
    }


def judge(data: bytes, mask: Pixels) -> str:
    """What becomes of a file."""
    try:
        decoded = decode_mask(data)
    except MaskError as error:
        return error.received.split(":")[0]
    if mask.any() and not decoded.mask.any():
        return "EMPTY"
    return "doubtful" if "mask_faint_left_out" in decoded.mended else "read"


def unsettled(data: bytes) -> float:
    """Share of pixels far from both levels, of the brightest channel."""
    samples = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).max(axis=2)
    return measure_unsettled(samples, *find_levels(np.bincount(samples.ravel(), minlength=256)))


def tabulate(named: Iterable[tuple[str, bytes, Pixels]]) -> dict[str, dict[str, Any]]:
    """Name → what became of the files, and the spread of the share that decides."""
    found: dict[str, Counter[str]] = {}
    shares: dict[str, list[float]] = {}
    for name, data, mask in named:
        found.setdefault(name, Counter())[judge(data, mask)] += 1
        shares.setdefault(name, []).append(unsettled(data))
    return {
        name: {
            **dict(counts),
            "unsettled, median": round(float(np.median(shares[name])), 3),
            "least": round(min(shares[name]), 3),
            "most": round(max(shares[name]), 3),
        }
        for name, counts in found.items()
    }


def main() -> None:
    """Print what is read, doubted and refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take each n-th photo only")
    options = parser.parse_args()
    parts = [
        (photo, options.path / f"{part}_lab" / f"{photo.stem}.png")
        for part in ("train", "test")
        for photo in sorted((options.path / f"{part}_img").iterdir())
    ][:: options.every]
    masks = {"DeepCrack": [read_mask(file) * np.uint8(255) for _, file in parts]}
    with tempfile.TemporaryDirectory() as folder:
        for width_px, height_px in ((512, 384), (160, 120)):
            sample = Path(folder) / str(width_px)
            draw_sample(sample, SampleSettings(width_px=width_px, height_px=height_px))
            drawn = [read_mask(file) for file in sorted((sample / "masks").iterdir())]
            masks[f"sample {width_px}×{height_px}"] = [m * np.uint8(255) for m in drawn if m.any()]
    result: dict[str, Any] = {}
    for data_set, those in masks.items():
        stored = (
            (name, way(mask), mask) for name, way in ways_to_store().items() for mask in those
        )
        result[f"masks of {data_set}, {len(those)}"] = tabulate(stored)
    shown = (
        (name, data, mask)
        for (photo, _), mask in zip(parts, masks["DeepCrack"], strict=True)
        for name, data in pictures_of(read_image(photo), mask).items()
    )
    result[f"pictures of DeepCrack, {len(parts)} photos"] = tabulate(shown)
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
