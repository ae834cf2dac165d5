"""Time of measuring photos, beside decoding and thinning one, and beside the network.

A photo of 12 megapixels is stitched from drawn ones, 64 of 512×384 px or 16 of 1024×768 px, two
thirds of them with cracks: every part of it is as full of cracks as a photo of the sample. Its
probabilities are the true mask blurred by σ 1 px, since the network's time does not count. Drawn
photos of 544×384 px are predicted with a trained model, measured, and their files written.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage.morphology import skeletonize

from crack_pipeline.images.sharpness import measure_sharpness
from crack_pipeline.inspection.files import write_photo
from crack_pipeline.inspection.measuring import PhotoMeasurement
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.measure.cracks import measure_cracks
from crack_pipeline.measure.error_bars import ErrorBars
from crack_pipeline.measure.scale import Scale
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.sources.drawing.photo import DrawnPhoto, draw_photo, plan_photo

THRESHOLD = 0.5
AT_MOST, AT_MOST_OF_NETWORK = 2.5, 2 / 3
SEED = 20
QUALITY = 92


def draw_photos(n_photos: int, shape: tuple[int, int]) -> list[DrawnPhoto]:
    """Photos of the drawn sample, of a seed that no sample has."""
    plans = [plan_photo(SEED, number, crack_share=2 / 3) for number in range(n_photos)]
    return [draw_photo(plan, shape) for plan in plans]


def measure_photo(photo: np.ndarray, probability: np.ndarray, threshold: float) -> PhotoMeasurement:
    """All that is worked out of a photo once it is predicted."""
    cracks, scale = measure_cracks(probability, threshold, photo), Scale(0.4)
    bounds = [
        ErrorBars().bound(crack, mm_per_px=scale.mm_per_px, scale_error=scale.relative_error)
        for crack in cracks
    ]
    mask = apply_threshold(probability, threshold)
    sharpness = measure_sharpness(photo)
    return PhotoMeasurement(photo, probability, mask, cracks, bounds, scale, sharpness=sharpness)


def time_steps(steps: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Best time of each step over rounds taken in turn, in seconds."""
    best = dict.fromkeys(steps, np.inf)
    for _ in range(rounds):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def time_large(n_side: int, rounds: int, folder: Path) -> dict[str, Any]:
    """A photo of 4096×3072 px, stitched from n × n drawn photos."""
    drawn = draw_photos(n_side**2, (3072 // n_side, 4096 // n_side))
    rows = [drawn[first : first + n_side] for first in range(0, n_side**2, n_side)]
    photo = np.vstack([np.hstack([one.image for one in row]) for row in rows])
    mask = np.vstack([np.hstack([one.mask for one in row]) for row in rows])
    probability = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1)
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    measured = measure_photo(photo, probability, THRESHOLD)
    seconds = time_steps(
        {
            "decode": lambda: cv2.imdecode(data, cv2.IMREAD_COLOR_RGB),
            "skeletonize": lambda: skeletonize(mask > 0),
            "measure": lambda: measure_photo(photo, probability, THRESHOLD),
            "files": lambda: write_photo(measured, folder, key="", sha256=""),
        },
        rounds,
    )
    floor = seconds["decode"] + seconds["skeletonize"]
    ours = seconds["decode"] + seconds["measure"]
    return {
        "photo": f"{n_side**2} drawn photos, {photo.shape[1]} x {photo.shape[0]} px",
        "cracks": len(measured.measured or ()),
        "length_px": round(sum(crack.network.length_px for crack in measured.measured or ())),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "ratio": round(ours / floor, 2),
        "ratio_with_files": round((ours + seconds["files"]) / floor, 2),
        "at_most": AT_MOST,
    }


def time_small(bundle: ModelBundle, n_photos: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Photos of 544×384 px: measuring and files beside the network."""
    photos = [one.image for one in draw_photos(n_photos, (384, 544))]
    maps = [bundle.predict_map(photo) for photo in photos]

    def measure() -> Sequence[PhotoMeasurement]:
        return [
            measure_photo(photo, one, bundle.threshold)
            for photo, one in zip(photos, maps, strict=True)
        ]

    measured = measure()
    seconds = time_steps(
        {
            "network": lambda: [bundle.predict_map(photo) for photo in photos],
            "measure": measure,
            "files": lambda: [write_photo(one, folder, key="", sha256="") for one in measured],
        },
        rounds,
    )
    ours = seconds["measure"] + seconds["files"]
    return {
        "photos": n_photos,
        "milliseconds_a_photo": {
            name: round(1000 * value / n_photos, 1) for name, value in seconds.items()
        },
        "of_the_network": round(ours / seconds["network"], 3),
        "at_most": round(AT_MOST_OF_NETWORK, 3),
    }


def main() -> None:
    """Print the times as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="folder of a trained model of masks")
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [time_large(n_side, arguments.rounds, folder) for n_side in (8, 4)]
        if arguments.model:
            bundle = ModelBundle.from_folder(arguments.model)
            found.append(time_small(bundle, arguments.photos, arguments.rounds, folder))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
