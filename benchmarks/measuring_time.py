"""Time of measuring a photo of 12 megapixels, beside decoding it and thinning its mask once.

    python benchmarks/measuring_time.py [--rounds 5]

The photo is stitched from drawn ones, 64 of 512 × 384 px, 16 of 1024 × 768 px or 4 of 2048 × 1536
px, two thirds of them with cracks. Its probabilities are the true mask blurred by σ 1 px, since the
network's time does not count. Steps are taken in turn, the best round of each counts, in seconds of
processor: other work may share the machine. Prints JSON.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
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
from crack_pipeline.sources.drawing.photo import DrawnPhoto, draw_photo, plan_photo

THRESHOLD = 0.5
AT_MOST = 2.5
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
    """Best time of each step over rounds taken in turn, in seconds of processor."""
    best = dict.fromkeys(steps, np.inf)
    for _ in range(rounds):
        for name, step in steps.items():
            started = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - started)
    return best


def time_photo(n_side: int, rounds: int, folder: Path) -> dict[str, Any]:
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


def main() -> None:
    """Print the times as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = [time_photo(n_side, rounds, folder) for n_side in (8, 4, 2)]
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
