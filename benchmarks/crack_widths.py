"""Widths of drawn cracks against the widths that they were drawn with, and of changed photos.

    python benchmarks/crack_widths.py
    python benchmarks/crack_widths.py --data data --dataset sample

The first draws lines, sines and arcs of 1.5 to 12 px as exact coverage, measures their mean width
on the coverage, on blurred coverage and on masks of {0, 1} (coverage of at least a half), and
prints root mean square, mean and largest error, beside crackpot's way (area of the mask ÷ length by
counted corners) and twice the distance transform. Then it turns some of them and prints the largest
difference of the mean between two angles.

With ``--data`` it takes the model and the validation photos of a data set instead, changes the
photos before prediction, and prints how far the mean widths of cracks of at least 60 px move.
"""

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pandas as pd
from crack_shapes import count_corners
from drawn_shapes import SIMPLE, draw_shape, make_shape, turn_shape
from numpy.typing import NDArray

from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.measure.centreline import thin
from crack_pipeline.measure.network import trace_cracks
from crack_pipeline.measure.widths import measure_widths
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.types import BinaryMask, ProbabilityMap, RgbImage

SIGMAS_PX = (0.7, 1.0, 1.5, 2.0)
LEAST_CRACK_PX = 60
ANGLES = (0, 45, 90)

Numbers: TypeAlias = NDArray[np.float64]


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=300, help="how many to draw")
    parser.add_argument("--turned", type=int, default=15, help="how many of them to turn")
    parser.add_argument("--angles", type=int, default=12, help="to turn each by, drawn by lot")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, help="the project's data folder")
    parser.add_argument("--dataset", default="sample")
    arguments = parser.parse_args()
    if arguments.data:
        print_changes(arguments.data, arguments.dataset)
        return
    rng = np.random.default_rng(arguments.seed)
    print_errors(arguments.shapes, rng)
    print_turns(arguments.turned, arguments.angles, rng)


def print_errors(n_shapes: int, rng: np.random.Generator) -> None:
    """Table of errors in px, a row per kind of map and way of measuring."""
    errors: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(n_shapes):
        coverage, shape = draw_shape(make_shape(SIMPLE[number % 3], rng.uniform(1.5, 12), rng))
        for kind, probability in list_maps(coverage):
            for way, measure in WAYS.items():
                found = measure(probability) - shape.width_px
                errors.setdefault((kind, way), []).append((shape.width_px, found))
    print(
        "| map | way | RMSE | mean | largest | RMSE < 3 px | RMSE > 6 px |\n|---|---|" + "---|" * 5
    )
    for (kind, way), rows in errors.items():
        width, error = np.array(rows).T
        parts = error, error[width < 3], error[width > 6]
        every, thin_ones, wide = (np.sqrt(np.mean(part**2)) for part in parts)
        print(
            f"| {kind} | {way} | {every:.3f} | {error.mean():+.3f} | {np.abs(error).max():.3f} "
            f"| {thin_ones:.3f} | {wide:.3f} |"
        )


def print_turns(n_shapes: int, n_angles: int, rng: np.random.Generator) -> None:
    """Largest difference of one shape's width between two angles, over the shapes."""
    spread: dict[str, list[float]] = {}
    for number in range(n_shapes):
        shape = make_shape(SIMPLE[number % 3], rng.uniform(1.5, 12), rng)
        widths: dict[str, list[float]] = {}
        for angle in (*ANGLES, *rng.uniform(0, 360, n_angles)):
            for kind, probability in list_maps(draw_shape(turn_shape(shape, angle))[0]):
                widths.setdefault(kind, []).append(measure_by_integral(probability))
        for kind, found in widths.items():
            spread.setdefault(kind, []).append(np.ptp(found).item())
    print(
        "\n| map | largest difference between two angles | root mean square of it |\n|---|---|---|"
    )
    for kind, values in spread.items():
        print(f"| {kind} | {max(values):.3f} | {np.sqrt(np.mean(np.square(values))):.3f} |")


def list_maps(coverage: ProbabilityMap) -> Iterator[tuple[str, ProbabilityMap]]:
    """The coverage, blurred, and as a mask."""
    yield "coverage", coverage
    for sigma in SIGMAS_PX:
        yield f"blurred, σ {sigma}", np.asarray(cv2.GaussianBlur(coverage, (0, 0), sigma))
    yield "mask", (coverage >= 0.5).astype(np.float32)


def cut(probability: ProbabilityMap) -> BinaryMask:
    """Mask from one half on; of what blur keeps below, from half of the highest on."""
    return (probability >= min(0.5, probability.max() / 2)).astype(np.uint8)


def measure_by_integral(probability: ProbabilityMap) -> float:
    """Mean over the stations of the longest crack."""
    return float(np.nanmean(_measure_stations(probability)))


def measure_95th_percentile(probability: ProbabilityMap) -> float:
    """95th percentile of the stations of the longest crack."""
    return float(np.nanpercentile(_measure_stations(probability), 95))


def _measure_stations(probability: ProbabilityMap) -> Numbers:
    crack = max(trace_cracks(cut(probability)), key=lambda network: network.length_px)
    return measure_widths(probability, [crack])[0].width_px


def divide_area(probability: ProbabilityMap) -> float:
    """Area ÷ length, as crackpot 2.0 measures."""
    mask = cut(probability)
    return float(mask.sum() / count_corners(thin(mask)))


def double_distance(probability: ProbabilityMap) -> float:
    """Twice the median distance to the background along the skeleton."""
    mask = cut(probability)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(2 * np.median(distance[thin(mask)]))


WAYS: dict[str, Callable[[ProbabilityMap], float]] = {
    "integral, mean": measure_by_integral,
    "integral, 95th percentile": measure_95th_percentile,
    "area ÷ length by counted corners": divide_area,
    "2 × distance transform": double_distance,
}


def print_changes(data: Path, dataset: str) -> None:
    """Table of how widths move with the photo."""
    bundle = ModelBundle.from_folder(data / "06_models" / dataset / "segmentation")
    manifest = pd.read_parquet(data / "02_intermediate" / dataset / "manifest.parquet")
    photos = [read_image(Path(p)) for p in usable_rows(manifest, "validation")["image_path"]]
    traced = [(photo, *trace_long_cracks(bundle, photo)) for photo in photos]
    n_cracks = sum(len(networks) for _, _, networks in traced)
    print(f"{len(photos)} photos, {n_cracks} cracks, threshold {bundle.threshold}\n")
    print("| photo | width, px | quartiles | length still marked |\n|---|---|---|---|")
    for name, change in CHANGES.items():
        moved, kept = [], []
        for photo, probability, networks in traced:
            changed = bundle.predict_map(change(photo))
            before, after = (measure_widths(p, networks) for p in (probability, changed))
            for old, new in zip(before, after, strict=True):
                measured = np.isfinite(old.width_px)
                marked = measured & (new.middle >= bundle.threshold)
                kept.append((marked.sum(), measured.sum()))
                if marked.any():
                    moved.append((new.width_px - old.width_px)[marked].mean())
        low, middle, high = np.percentile(moved, [25, 50, 75])
        share = np.divide(*np.sum(kept, axis=0))
        print(f"| {name} | {middle:+.2f} | {low:+.2f} to {high:+.2f} | {share:.0%} |")


def trace_long_cracks(bundle: ModelBundle, photo: RgbImage) -> tuple[ProbabilityMap, list]:
    """Probabilities of a photo, and its cracks of at least 60 px."""
    probability = bundle.predict_map(photo)
    networks = trace_cracks((probability >= bundle.threshold).astype(np.uint8))
    return probability, [n for n in networks if n.length_px >= LEAST_CRACK_PX]


def compress(photo: RgbImage) -> RgbImage:
    """JPEG of quality 40."""
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1].copy()


def blur(photo: RgbImage, sigma_px: float) -> RgbImage:
    """Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma_px))


def sharpen(photo: RgbImage, sigma_px: float, strength: float) -> RgbImage:
    """Unsharp mask."""
    return np.asarray(cv2.addWeighted(photo, 1 + strength, blur(photo, sigma_px), -strength, 0))


CHANGES: dict[str, Callable[[RgbImage], RgbImage]] = {
    "JPEG, quality 40": compress,
    "unsharp mask, σ 1 px, 100 %": partial(sharpen, sigma_px=1.0, strength=1.0),
    "unsharp mask, σ 2 px, 150 %": partial(sharpen, sigma_px=2.0, strength=1.5),
    "blur, σ 1 px": partial(blur, sigma_px=1.0),
    "blur, σ 2 px": partial(blur, sigma_px=2.0),
}


if __name__ == "__main__":
    main()
