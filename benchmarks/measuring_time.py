"""Time of measuring a photo of 12 megapixels, beside decoding it and thinning its mask once.

The photo is stitched from drawn ones, 64 of 512×384 px or 16 of 1024×768 px, two thirds of them
with cracks: every part of it is as full of cracks as a photo of the sample. Its probabilities are
the true mask blurred by σ 1 px, since the network's time does not count.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from skimage.morphology import skeletonize

from crack_pipeline.images.sharpness import measure_sharpness
from crack_pipeline.measure.cracks import measure_cracks
from crack_pipeline.sources.drawing.photo import draw_photo, plan_photo

THRESHOLD = 0.5
AT_MOST = 2.5
SEED = 20
QUALITY = 92


def stitch_photo(n_side: int) -> tuple[np.ndarray, np.ndarray]:
    """A photo of 4096×3072 px and its mask, from n × n drawn photos."""
    shape = (3072 // n_side, 4096 // n_side)
    drawn = [
        draw_photo(plan_photo(SEED, number, crack_share=2 / 3), shape)
        for number in range(n_side**2)
    ]
    rows = [drawn[first : first + n_side] for first in range(0, n_side**2, n_side)]
    return (
        np.vstack([np.hstack([one.image for one in row]) for row in rows]),
        np.vstack([np.hstack([one.mask for one in row]) for row in rows]),
    )


def time_steps(n_side: int, rounds: int) -> dict[str, Any]:
    """Best time of each step over rounds taken in turn, and the ratio of their sums."""
    photo, mask = stitch_photo(n_side)
    probability = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1)
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    steps: dict[str, Callable[[], Any]] = {
        "decode": lambda: cv2.imdecode(data, cv2.IMREAD_COLOR_RGB),
        "skeletonize": lambda: skeletonize(mask > 0),
        "sharpness": lambda: measure_sharpness(photo),
        "measure": lambda: measure_cracks(probability, THRESHOLD, photo),
    }
    best = dict.fromkeys(steps, np.inf)
    for _ in range(rounds):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            best[name] = min(best[name], time.perf_counter() - started)
    cracks = measure_cracks(probability, THRESHOLD, photo)
    ours = best["decode"] + best["sharpness"] + best["measure"]
    return {
        "photo": f"{n_side**2} drawn photos, {photo.shape[1]}×{photo.shape[0]} px",
        "cracks": len(cracks),
        "length_px": round(sum(crack.network.length_px for crack in cracks)),
        "crack_share": round(float(mask.mean()), 4),
        "seconds": {name: round(seconds, 3) for name, seconds in best.items()},
        "ratio": round(ours / (best["decode"] + best["skeletonize"]), 2),
        "at_most": AT_MOST,
    }


def main() -> None:
    """Print the times as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(json.dumps([time_steps(n_side, rounds) for n_side in (8, 4)], indent=2))


if __name__ == "__main__":
    main()
