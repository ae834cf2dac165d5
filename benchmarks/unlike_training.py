"""Shares of changed photos that are noticed as unlike training, and what `scale: auto` keeps.

    python benchmarks/unlike_training.py --model=FOLDER --photos=FOLDER --masks=FOLDER

The model is one that `evaluate` has written the limits of its training photos beside. Each photo is
judged as it is, enlarged 2, 4 and 8 times (bicubic), blurred (sigma 2 px), darkened (x .6) and
recompressed (JPEG 20). F1 with a tolerance of 2 px of the original photo is pooled over the photos;
of an enlarged photo, mask and tolerance are enlarged with it. `--every=5` takes every fifth photo,
`--largest=4` leaves out 8 times.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from crack_pipeline.images.reading import read_image
from crack_pipeline.inspection.familiarity import (
    choose_zoom,
    describe_unlike,
    predict_zoomed,
)
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.types import BinaryMask, RgbImage


def enlarge(factor: int) -> Callable[[RgbImage], RgbImage]:
    """Enlarge by bicubic interpolation."""
    return lambda photo: cv2.resize(
        photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC
    )


def recompress(photo: RgbImage) -> RgbImage:
    """Store as JPEG of quality 20 and read again."""
    return cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 1)


CHANGES: dict[str, Callable[[RgbImage], RgbImage]] = {
    "as it is": lambda photo: photo,
    "2 x": enlarge(2),
    "4 x": enlarge(4),
    "8 x": enlarge(8),
    "blurred": lambda photo: cv2.GaussianBlur(photo, (0, 0), 2),
    "darkened": lambda photo: np.rint(photo * 0.6).astype(np.uint8),
    "JPEG 20": recompress,
}


def count(predicted: BinaryMask, truth: BinaryMask, tolerance_px: int) -> np.ndarray:
    """Right and marked pixels, found and true pixels."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, [2 * tolerance_px + 1] * 2)
    near_truth, near_mark = cv2.dilate(truth, disc), cv2.dilate(predicted, disc)
    right, found = (predicted & near_truth).sum(), (truth & near_mark).sum()
    return np.array([right, predicted.sum(), found, truth.sum()], float)


def f1(counts: np.ndarray) -> float:
    """F1 from precision and recall."""
    precision, recall = counts[0] / max(counts[1], 1), counts[2] / max(counts[3], 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "photos", "masks"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--largest", type=int, default=8)
    parser.add_argument("--names", type=Path, help="file that names the photos, one a line")
    given = parser.parse_args()
    bundle = ModelBundle.from_folder(given.model)
    named = given.names and set(given.names.read_text().split())
    files = [path for path in sorted(given.photos.iterdir()) if not named or path.stem in named]
    told: dict[str, list[str]] = defaultdict(list)
    counts: dict[tuple[str, str], np.ndarray] = defaultdict(lambda: np.zeros(4))
    zooms: dict[str, list[float]] = defaultdict(list)
    for path in files[:: given.every]:
        photo = read_image(path)
        truth = (cv2.imread(str(given.masks / f"{path.stem}.png"), 0) > 127).astype(np.uint8)
        for name, change in CHANGES.items():
            factor = int(name.split()[0]) if name.endswith("x") else 1
            if factor > given.largest:
                continue
            changed = np.ascontiguousarray(change(photo))
            told[name].append(describe_unlike(bundle, changed))
            if name in ("blurred", "darkened", "JPEG 20"):
                continue
            mask = cv2.resize(truth, changed.shape[1::-1], interpolation=cv2.INTER_NEAREST)
            for scale in ("native", "auto"):
                zoom = choose_zoom(bundle, changed, scale)
                predicted = apply_threshold(predict_zoomed(bundle, changed, zoom), bundle.threshold)
                counts[name, scale] += count(predicted, mask, 2 * factor)
                if scale == "auto":
                    zooms[name].append(zoom)
    print(f"{len(files[:: given.every])} photos of {given.photos}")
    print(f"{'':10} {'noticed':>8} {'F1 native':>10} {'F1 auto':>8}  zooms")
    for name, words in told.items():
        share = np.mean([bool(one) for one in words])
        scores = [
            f"{f1(counts[name, scale]):.3f}" if (name, scale) in counts else "-"
            for scale in ("native", "auto")
        ]
        chosen = {zoom: zooms[name].count(zoom) for zoom in sorted(set(zooms[name]))}
        print(f"{name:10} {share:8.3f} {scores[0]:>10} {scores[1]:>8}  {chosen or ''}")


if __name__ == "__main__":
    main()
