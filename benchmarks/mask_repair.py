"""What mask repair finds, and what it wrongly changes, on DeepCrack's 537 masks.

python benchmarks/mask_repair.py --path <folder with train_img/, train_lab/, test_img/, test_lab/>
"""

import argparse
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.masks.fitting import (
    SWAPPING_TURNS,
    choose_turn,
    judge_polarity,
    measure_contrast,
    resize_mask,
)
from crack_pipeline.masks.reading import decode_mask, read_mask
from crack_pipeline.masks.settings import RepairSettings

SETTINGS = RepairSettings()
OTHER_PHOTO = 60  # so many places further in the list lies a mask of another photo


@dataclass(frozen=True)
class Pair:
    """A photo's lightness and its mask."""

    name: str
    lightness: NDArray[np.uint8]
    mask: NDArray[np.uint8]


def read_pairs(folder: Path) -> Iterator[Pair]:
    """Read all pairs of both parts."""
    for part in ("train", "test"):
        for photo in sorted((folder / f"{part}_img").iterdir()):
            mask = read_mask(folder / f"{part}_lab" / f"{photo.stem}.png")
            lightness = decode_lightness(read_bytes(photo)).pixels
            yield Pair(f"{part}/{photo.stem}", lightness, mask)


def judge_all(pairs: list[Pair], masks: list[NDArray[np.uint8]]) -> dict[str, int]:
    """Count what the polarity of masks is judged to be."""
    found = [
        judge_polarity(mask, pair.lightness, label=None, settings=SETTINGS).value
        for pair, mask in zip(pairs, masks, strict=True)
    ]
    return dict(Counter(found))


def turn_all(pairs: list[Pair], masks: list[NDArray[np.uint8]]) -> dict[str, int]:
    """Count which turned masks are turned back rightly; each mask in all four ways."""
    results: Counter[str] = Counter()
    for pair, mask in zip(pairs, masks, strict=True):
        for stored in (turn_upright(mask, turn) for turn in SWAPPING_TURNS):
            turn = choose_turn(
                stored, pair.lightness, SWAPPING_TURNS, min_contrast=SETTINGS.min_contrast
            )
            if turn is None:
                results["set aside"] += 1
            else:
                is_right = np.array_equal(turn_upright(stored, turn), pair.mask)
                results["rightly turned" if is_right else "wrongly turned"] += 1
    return dict(results)


def save_as_jpeg(mask: NDArray[np.uint8], quality: int, *, crack: int = 255) -> bytes:
    """Store a mask as data sets in the wild do: three channels, lossy."""
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([mask * np.uint8(crack)] * 3)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def compare_jpeg(pairs: list[Pair], quality: int) -> dict[str, float]:
    """How far masks read from JPEGs differ from those that were stored."""
    read = [decode_mask(save_as_jpeg(pair.mask, quality)).mask for pair in pairs]
    ious = [
        float((one & pair.mask).sum() / (one | pair.mask).sum())
        for one, pair in zip(read, pairs, strict=True)
    ]
    return {"identical": ious.count(1.0), "least_iou": round(min(ious), 4)}


def save_as_png(levels: NDArray[np.uint8]) -> bytes:
    """Store without loss."""
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()


def read_or_refuse(stored: Iterable[bytes]) -> dict[str, int]:
    """Count which stored masks are read and which are refused, by the kind of fault."""
    results: Counter[str] = Counter()
    for data in stored:
        try:
            results["read" if decode_mask(data).mask.any() else "read as empty"] += 1
        except MaskError as error:
            results[error.received.split(":")[0]] += 1
    return dict(results)


def soften(mask: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Reduce a mask by averaging, so that edges and thin cracks become grey."""
    size = (mask.shape[1] // factor, mask.shape[0] // factor)
    return np.asarray(cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA), np.uint8)


def colour(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red where a grey mask is white."""
    return np.dstack([levels, np.zeros_like(levels), np.zeros_like(levels)])


def as_classes(mask: NDArray[np.uint8], n_classes: int) -> list[NDArray[np.uint8]]:
    """The mask shifted, once for each class; none covers another."""
    shifted = [np.roll(mask, (37 * number, 53 * number), (0, 1)) for number in range(n_classes)]
    return [
        one * (sum(shifted[:number], np.zeros_like(mask)) == 0)
        for number, one in enumerate(shifted)
    ]


def judge_levels(masks: list[NDArray[np.uint8]]) -> dict[str, dict[str, int]]:
    """How soft edges, colours, several classes and JPEGs of {0, 1} are read."""
    soft = {factor: [soften(mask, factor) for mask in masks] for factor in (2, 3, 4)}
    classes = [as_classes(mask, 4) for mask in masks]
    two = [np.dstack([one[0], one[1], one[0] * 0]) * np.uint8(255) for one in classes]
    levels = [
        sum((part * np.uint8(value) for part, value in zip(one, (60, 140, 200, 250), strict=True)))
        for one in classes
    ]
    return {
        **{
            f"reduced_by_{factor}": read_or_refuse(map(save_as_png, soft[factor]))
            for factor in soft
        },
        "reduced_by_2_in_red": read_or_refuse(save_as_png(colour(one)) for one in soft[2]),
        "red_and_green_classes": read_or_refuse(map(save_as_png, two)),
        "four_classes": read_or_refuse(map(save_as_png, levels)),
        **{
            f"0_and_1_as_jpeg_{quality}": read_or_refuse(
                save_as_jpeg(mask, quality, crack=1) for mask in masks
            )
            for quality in (50, 90)
        },
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--path", type=Path, required=True)
    pairs = list(read_pairs(parser.parse_args().path))
    masks = [pair.mask for pair in pairs]
    others = masks[OTHER_PHOTO:] + masks[:OTHER_PHOTO]
    contrasts = {pair.name: measure_contrast(pair.lightness, pair.mask) for pair in pairs}
    twice = [resize_mask(np.kron(mask, np.ones((2, 2), np.uint8)), **_size(mask)) for mask in masks]
    report = {
        "masks": len(pairs),
        "largest_masked_share": round(max(float(mask.mean()) for mask in masks), 3),
        "least_contrasts": dict(sorted(contrasts.items(), key=lambda item: item[1])[:3]),
        "polarity_as_stored": judge_all(pairs, masks),
        "polarity_inverted": judge_all(pairs, [1 - mask for mask in masks]),
        "polarity_inverted_of_another_photo": judge_all(pairs, [1 - mask for mask in others]),
        "turned": turn_all(pairs, masks),
        "turned_of_another_photo": turn_all(pairs, others),
        "jpeg": {quality: compare_jpeg(pairs, quality) for quality in (5, 10, 25, 75, 95)},
        "levels": judge_levels(masks),
        "enlarged_twice_and_reduced_identical": sum(map(np.array_equal, twice, masks)),
    }
    print(json.dumps(report, indent=1))


def _size(mask: NDArray[np.uint8]) -> dict[str, int]:
    return {"width_px": mask.shape[1], "height_px": mask.shape[0]}


if __name__ == "__main__":
    main()
