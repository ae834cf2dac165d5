"""Time the grouping of near-duplicates among perceptual hashes, verification included.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/near_duplicates.py

10 000, 20 000 and 40 000 thumbnails: ten random cuts of each of a tenth as many METU patches, so
that each size holds its share of look-alikes.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.duplicates import link_near_duplicates
from crack_pipeline.splits.hashing import hash_thumbnail, shrink_to_thumbnail
from crack_pipeline.splits.settings import DuplicateSettings

_ROUNDS = 3


def best_times_of(work: Callable[[], object]) -> dict[str, float]:
    """Least time, and least processor time of all threads, of several rounds."""
    times = []
    for _ in range(_ROUNDS):
        started, started_cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - started, time.process_time() - started_cpu))
    seconds, processor_seconds = (min(column) for column in zip(*times, strict=True))
    return {"seconds": round(seconds, 3), "processor_seconds": round(processor_seconds, 3)}


def draw_thumbnails(paths: list[str], n_photos: int, seed: int) -> NDArray[np.uint8]:
    """Thumbnails of ten random cuts of each of ``n_photos / 10`` patches."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(paths)[: n_photos // 10]
    thumbnails = []
    for path in chosen:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        for side_px in rng.integers(150, min(grey.shape), 10):
            y, x = rng.integers(0, grey.shape[0] - side_px, 2)
            cut = np.ascontiguousarray(grey[y : y + side_px, x : x + side_px])
            thumbnails.append(shrink_to_thumbnail(cut))
    return np.stack(thumbnails)[rng.permutation(len(thumbnails))]


def measure(paths: list[str], n_photos: int, seed: int) -> dict[str, object]:
    """Time the grouping of some hashes, without and with flips."""
    thumbnails = draw_thumbnails(paths, n_photos, seed)
    hashes = [hash_thumbnail(thumbnail) for thumbnail in thumbnails]
    upright, any_way = DuplicateSettings(flips=False), DuplicateSettings()
    linked = link_near_duplicates(hashes, thumbnails, any_way)
    times = best_times_of(lambda: link_near_duplicates(hashes, thumbnails, any_way))
    growth = n_photos * np.log2(n_photos)
    return {
        "hashes": n_photos,
        **times,
        "processor_microseconds_by_n_log2_n": round(1e6 * times["processor_seconds"] / growth, 3),
        "without_flips": best_times_of(lambda: link_near_duplicates(hashes, thumbnails, upright)),
        "links": len(linked.pairs),
        "of_them_flipped": int(linked.is_flipped.sum()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "metu"
    parser.add_argument("--path", type=Path, default=default, help="folder of folders of photos")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    paths = sorted(str(path) for path in arguments.path.glob("*/*.jpg"))
    runs = [measure(paths, n_photos, arguments.seed) for n_photos in (10_000, 20_000, 40_000)]
    print(json.dumps({"seed": arguments.seed, "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
