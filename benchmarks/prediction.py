"""Throughput of a prediction beside its bare network, memory of a large photo, other tile grids.

    python benchmarks/prediction.py throughput --model <folder of a model of masks> [--photos 100]
    python benchmarks/prediction.py memory --model <folder> [--megapixels 200]
    python benchmarks/prediction.py grids --model <folder> [--photos 30]

Photos are drawn by the project's own code with a seed used nowhere else; ``--path`` takes photos
of a folder in their place. Prints JSON.

``throughput``: photos of 544 × 384 px, JPEG. "Bare network" runs as many batches of tiles as the
photos need on tiles that lie ready; "masks" decodes, predicts, blends and writes masks; "all"
measures too and writes every file. In turn, ``--rounds`` times over the same photos; the best
round of each counts. Processor time says the same on a machine that other work shares.

``memory``: one photo, stitched from smaller ones, is predicted, measured and written. Counted is
``RssAnon`` of the process, TensorFlow included.

``grids``: cuts of 1 100 × 900 px from a larger photo are predicted, so that the same crack lies
elsewhere in the grid of tiles; half a tile along the cut's border is left out. Shares of pixels of
the mask that change, and the change of the pooled F1 at 2 px.
"""

import argparse
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from anonymous_memory import MemoryWatch
from numpy.typing import NDArray

from crack_pipeline.images.reading import read_image
from crack_pipeline.inspection.running import predict_folder
from crack_pipeline.inspection.settings import PredictionParams
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import even_batch_size
from crack_pipeline.sources.drawing.photo import draw_photo, plan_photo
from crack_pipeline.sources.files import is_image_file
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.training.start import start_keras

HEIGHT_PX, WIDTH_PX = 384, 544
SEED = 190_615
SHIFTS_PX = {"multiple of the stride": (16, 32, 48, 96), "any": (1, 3, 11, 21, 59)}
_CUT_PX, _MOST_SHIFT_PX = (900, 1100), 96


def main() -> None:
    """Measure one of the three."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["throughput", "memory", "grids"])
    parser.add_argument("--model", type=Path, required=True, help="folder of a trained model")
    parser.add_argument("--path", type=Path, help="folder of photos; drawn ones without")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megapixels", type=float, default=200)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_photos(folder / "photos", options)
        watch = MemoryWatch(os.getpid()).start()
        start_keras()
        bundle = ModelBundle.from_folder(options.model)
        bundle.predict_map(np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8))  # traced here
        if options.what == "throughput":
            result = measure_throughput(bundle, folder, options)
        elif options.what == "memory":
            result = measure_memory(bundle, folder, watch)
        else:
            result = measure_grids(bundle, options.photos)
    print(json.dumps(result, indent=2))


def write_photos(folder: Path, options: argparse.Namespace) -> None:
    """Write the photos to predict, before the network takes memory."""
    folder.mkdir()
    if options.what == "memory":
        _write_jpeg(folder / "large.jpg", stitch_photo(options.path, options.megapixels))
    elif options.what == "throughput":
        for number, photo in zip(range(options.photos), iterate_photos(options.path), strict=False):
            _write_jpeg(folder / f"photo_{number:04}.jpg", photo)


def measure_throughput(
    bundle: ModelBundle, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """Seconds of the bare network, of masks alone and of everything, over the same photos."""
    photos = folder / "photos"
    ways: dict[str, Callable[[Path], Any]] = {
        "bare network": lambda _: run_network(bundle, options.photos),
        "masks": lambda output: _predict(bundle, photos, output, measure=False),
        "all": lambda output: _predict(bundle, photos, output, measure=True),
    }
    clocks = {"seconds": time.perf_counter, "processor_seconds": time.process_time}
    taken: dict[str, dict[str, list[float]]] = {
        clock: {name: [] for name in ways} for clock in clocks
    }
    for turn in range(options.rounds):
        for name, run in ways.items():
            began = {clock: read() for clock, read in clocks.items()}
            run(folder / f"{name}_{turn}")
            for clock, read in clocks.items():
                taken[clock][name].append(round(read() - began[clock], 2))
    result: dict[str, Any] = {"photos": options.photos, **taken}
    for clock, rounds in taken.items():
        best = {name: min(each) for name, each in rounds.items()}
        result[f"share_of_the_bare_network_by_{clock}"] = {
            name: round(best["bare network"] / best[name], 3) for name in ("masks", "all")
        }
    return result


def run_network(bundle: ModelBundle, n_photos: int) -> None:
    """Predict as many batches as the photos' tiles fill, all of one content."""
    tiling, predict = bundle.tiling, bundle.predict_batch
    starts = [
        tile_starts(length, tiling.tile_px, tiling.overlap_px) for length in (HEIGHT_PX, WIDTH_PX)
    ]
    n_tiles = len(starts[0]) * len(starts[1])
    size = even_batch_size(n_tiles, tiling.batch_size)
    batch = np.zeros((size, tiling.tile_px, tiling.tile_px, 3), np.uint8)
    for _ in range(n_photos * -(-n_tiles // size)):
        predict(batch)


def measure_memory(bundle: ModelBundle, folder: Path, watch: MemoryWatch) -> dict[str, Any]:
    """Peak of one large photo, with masks alone and with everything."""
    loaded_mib = watch.peak_mib(0, time.monotonic())
    result: dict[str, Any] = {"mib_with_the_network_loaded": loaded_mib}
    for name, measure in (("masks", False), ("all", True)):
        began = time.monotonic()
        found = _predict(bundle, folder / "photos", folder / name, measure=measure)
        ended = time.monotonic()
        result[name] = {
            "peak_mib": watch.peak_mib(began, ended),
            "seconds": round(ended - began, 1),
            "status": found.photos["status"].tolist(),
        }
    return result


def stitch_photo(path: Path | None, megapixels: float) -> NDArray[np.uint8]:
    """Lay photos side by side until their number of pixels is reached."""
    side = (megapixels * 1e6 * 1.5) ** 0.5  # 3:2, as a camera's
    n_columns, n_rows = round(side / WIDTH_PX), round(side / 1.5 / HEIGHT_PX)
    drawn = iterate_photos(path)
    few = [next(drawn) for _ in range(40)]
    order = np.random.default_rng(SEED).integers(0, len(few), (n_rows, n_columns))
    large = np.empty((n_rows * HEIGHT_PX, n_columns * WIDTH_PX, 3), np.uint8)
    for (row, column), number in np.ndenumerate(order):
        y, x = row * HEIGHT_PX, column * WIDTH_PX
        large[y : y + HEIGHT_PX, x : x + WIDTH_PX] = few[number]
    return large


def measure_grids(bundle: ModelBundle, n_photos: int) -> dict[str, Any]:
    """Change of masks between grids of tiles."""
    height, width = _CUT_PX
    margin, most = bundle.tiling.tile_px // 2, _MOST_SHIFT_PX
    inner = (slice(most + margin, height - margin), slice(most + margin, width - margin))
    shifts = (0, *(shift for each in SHIFTS_PX.values() for shift in each))
    counts = {shift: np.zeros(4) for shift in shifts}
    changed = dict.fromkeys(shifts, 0)
    n_pixels = n_crack = 0
    for number in range(n_photos):
        plan = plan_photo(SEED, number, crack_share=1.0)
        drawn = draw_photo(plan, (height + most, width + most))
        first = None
        for shift in shifts:
            place = (slice(shift, shift + height), slice(shift, shift + width))
            whole = np.zeros(drawn.mask.shape, np.uint8)
            whole[place] = bundle.predict_mask(np.ascontiguousarray(drawn.image[place]))
            mask = np.ascontiguousarray(whole[inner])
            counts[shift] += _count_hits(mask, np.ascontiguousarray(drawn.mask[inner]))
            first = mask if first is None else first
            changed[shift] += int((mask != first).sum())
        assert first is not None
        n_pixels, n_crack = n_pixels + first.size, n_crack + int(first.sum())
    return {
        "photos": n_photos,
        "f1_2px": _f1(counts[0]),
        "crack_share": n_crack / n_pixels,
        **{
            f"{kind}, by {shift} px": {
                "changed_share_of_the_mask": changed[shift] / n_pixels,
                "changed_share_of_the_crack": changed[shift] / n_crack,
                "f1_2px_change": _f1(counts[shift]) - _f1(counts[0]),
            }
            for kind, each in SHIFTS_PX.items()
            for shift in each
        },
    }


def _count_hits(mask: NDArray[np.uint8], truth: NDArray[np.uint8]) -> NDArray[np.float64]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    hits = (mask & cv2.dilate(truth, disc)).sum(), (truth & cv2.dilate(mask, disc)).sum()
    return np.array([hits[0], mask.sum(), hits[1], truth.sum()], np.float64)


def _f1(counts: NDArray[np.float64]) -> float:
    precision, recall = counts[0] / counts[1], counts[2] / counts[3]
    return float(2 * precision * recall / (precision + recall))


def iterate_photos(path: Path | None) -> Iterator[NDArray[np.uint8]]:
    """Photos of 544 × 384 px: of a folder, over and over, or drawn."""
    if path is None:
        number = 0
        while True:
            yield draw_photo(plan_photo(SEED, number, crack_share=0.7), (HEIGHT_PX, WIDTH_PX)).image
            number += 1
    for file in cycle(sorted(file for file in path.rglob("*") if is_image_file(file))):
        photo = read_image(file)
        turned = photo if photo.shape[1] >= photo.shape[0] else np.rot90(photo)
        yield cv2.resize(np.ascontiguousarray(turned), (WIDTH_PX, HEIGHT_PX))


def _write_jpeg(path: Path, photo: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])


def _predict(bundle: ModelBundle, photos: Path, output: Path, *, measure: bool) -> Any:
    params = PredictionParams(photos=photos, mm_per_px=0.5, measure=measure, output=output)
    return predict_folder(bundle, params.resolve(output))


if __name__ == "__main__":
    main()
