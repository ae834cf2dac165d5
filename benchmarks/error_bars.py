"""Error bars of crack widths and lengths beside the truth, on photos that no step has seen.

    python benchmarks/error_bars.py data/06_models/sample/segmentation
    python benchmarks/error_bars.py data/06_models/deepcrack/segmentation \
        --manifest data/02_intermediate/deepcrack/manifest.parquet

Without a manifest, 240 photos with cracks are drawn with a seed that is used nowhere else; their
truth is measured in the exact coverage of the drawn cracks. With one, the test photos are taken,
whose truth is measured in the 0/1 masks of their labels. Both are measured as predicted maps are.

Counted are cracks of 60 px and more. A predicted crack is compared with what lies in truth along
it; predicted cracks without truth (false) and true ones of which less than half is predicted
(missed) are counted apart. Of drawn photos, the truth file of the sample (discs along a wiggly
line) is held against the measures of the coverage too. Prints JSON; "bars_hold" is the share of
cracks whose truth lies within the 95 % interval, by class of true and of measured mean width.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import KDTree

from crack_pipeline.manifest import open_manifest, usable_rows
from crack_pipeline.measure.cracks import Crack, measure_cracks
from crack_pipeline.measure.error_bars import Bound, CrackBounds
from crack_pipeline.measure.matching import CrackComparison, FoundCrack, compare_cracks
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.progress import track
from crack_pipeline.sources.drawing.carving import CrackTruth
from crack_pipeline.sources.drawing.photo import (
    draw_coverage,
    draw_photo,
    pick_jpeg_quality,
    plan_photo,
)
from crack_pipeline.tasks.mask_scores import read_pairs
from crack_pipeline.types import RgbImage

FloatArray: TypeAlias = NDArray[np.float64]
Photo: TypeAlias = tuple[RgbImage, NDArray[np.float32], CrackTruth | None]
"""A photo, its true cracks as coverage or mask, and the content of its truth file."""

SEED = 99_047
PHOTOS = 240
SHAPE = (384, 512)
LEAST_LENGTH_PX = 60.0
GAP_PX = 1.5
CLASSES = {"below 3 px": (0, 3), "3 to 6 px": (3, 6), "above 6 px": (6, np.inf)}
TARGETS = {"rmse_px": 0.7, "bars_hold": [0.90, 0.99], "median_half_width_px": 1.2}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="folder of an evaluated model")
    parser.add_argument("--manifest", type=Path, help="of the data set whose test photos are taken")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="number of drawn photos")
    parser.add_argument("--seed", type=int, default=SEED, help="of the drawn photos")
    given = parser.parse_args()
    bundle = ModelBundle.from_folder(given.model)
    photos = (
        draw_photos(given.seed, given.photos)
        if given.manifest is None
        else read_photos(given.manifest)
    )
    compared, files = [], []
    for image, truth, file in photos:
        cracks = measure_cracks(truth, 0.5)
        predicted = measure_cracks(bundle.predict_map(image), bundle.threshold)
        compared.append(compare_cracks(predicted, cracks))
        if file is not None:
            files.append(compare_file(file, cracks))
    found = {
        "photos_of": given.manifest.parent.name if given.manifest else f"drawn, seed {given.seed}",
        **summarize(bundle, compared),
        **({"truth_file": summarize_files(files)} if files else {}),
    }
    print(json.dumps(found, indent=1))


def draw_photos(seed: int, n_photos: int) -> Iterator[Photo]:
    """Photos as the sample draws and stores them, exact coverage, and what the truth file holds."""
    for index in track(
        range(n_photos), total=n_photos, description="Drawing and measuring", unit="photos"
    ):
        plan = plan_photo(seed, index, crack_share=1.0)
        drawn = draw_photo(plan, SHAPE)
        bgr = cv2.cvtColor(drawn.image, cv2.COLOR_RGB2BGR)
        quality = [cv2.IMWRITE_JPEG_QUALITY, pick_jpeg_quality(plan, 60, 95)]
        stored = cv2.imdecode(cv2.imencode(".jpg", bgr, quality)[1], cv2.IMREAD_COLOR)
        yield cv2.cvtColor(stored, cv2.COLOR_BGR2RGB), draw_coverage(plan, SHAPE), drawn.truth


def read_photos(manifest: Path) -> Iterator[Photo]:
    """Test photos of a manifest with their masks."""
    rows = usable_rows(open_manifest(pd.read_parquet(manifest)), "test")
    for image, mask in read_pairs(rows, "Measuring the test photos"):
        yield image, mask.astype(np.float32), None


def compare_file(file: CrackTruth, cracks: Sequence[Crack]) -> tuple[float, float, FloatArray]:
    """Length by the truth file and as measured, and width by it less the measured at stations."""
    points = file.points_px[:, ::-1].astype(np.float64)
    step = np.hypot(*np.diff(points, axis=0).T)
    within = (np.diff(file.branch_id) == 0) & (step < GAP_PX)
    places = np.concatenate([crack.stations.points_px for crack in cracks])
    width_px = np.concatenate([crack.stations.width_px for crack in cracks])
    distance, nearest = KDTree(points).query(places)
    chosen = np.isfinite(width_px) & (distance < GAP_PX)
    return (
        float(step[within].sum()),
        sum(crack.network.length_px for crack in cracks),
        file.width_px[nearest[chosen]] - width_px[chosen],
    )


def summarize_files(files: Sequence[tuple[float, float, FloatArray]]) -> dict[str, float]:
    """How far the truth file differs from what is measured in the coverage."""
    by_file, measured, off = zip(*files, strict=True)
    of_photos = np.array([one.mean() for one in off])
    return {
        "length_longer_by": round(sum(by_file) / sum(measured) - 1, 4),
        "width_less_measured_px": round(float(np.concatenate(off).mean()), 3),
        "rmse_of_stations_px": _root_mean_square(np.concatenate(off)),
        "rmse_of_photo_means_px": _root_mean_square(of_photos),
    }


def summarize(bundle: ModelBundle, compared: list[CrackComparison]) -> dict[str, Any]:
    """Errors, coverage and half-widths of all cracks, JSON-ready."""
    found = [
        one
        for photo in compared
        for one in photo.found
        if one.crack.network.length_px >= LEAST_LENGTH_PX and one.mean_width_px is not None
    ]
    bounds = [bundle.error_bars.bound(one.crack, mm_per_px=None, scale_error=0.0) for one in found]
    known = [
        pair for pair in zip(found, bounds, strict=True) if pair[1].mean_width_px.low is not None
    ]
    long_ones = {
        name: sum(crack.network.length_px >= LEAST_LENGTH_PX for crack in cracks)
        for name, cracks in (
            ("false_cracks", [crack for photo in compared for crack in photo.false]),
            ("missed_cracks", [crack for photo in compared for crack in photo.missed]),
        )
    }
    return {
        "photos": len(compared),
        "found_cracks": len(found),
        **long_ones,
        "calibrated_on": {
            "cracks": bundle.error_bars.cracks,
            "photos": bundle.error_bars.photos,
            "note": bundle.error_bars.note,
        },
        "targets_of_mean_width": TARGETS,
        **{name: rate(known, name) for name in ("mean_width_px", "p95_width_px", "length_px")},
    }


def rate(known: Iterable[tuple[FoundCrack, CrackBounds]], name: str) -> dict[str, Any]:
    """Errors of one measure before and after its bias is removed, and how its bars hold."""
    rows = [
        (
            getattr(one, name),
            *_ends(getattr(bounds, name)),
            one.crack.network.length_px if name == "length_px" else getattr(one.crack, name),
            one.mean_width_px,
            one.crack.mean_width_px,
        )
        for one, bounds in known
    ]
    truth, value, low, high, measured, true_width, measured_width = np.array(rows, float).T
    holds = (low <= truth) & (truth <= high)
    return {
        "rmse_as_measured": _root_mean_square(measured - truth),
        "rmse": _root_mean_square(value - truth),
        "bias_left": round(float(np.mean(value - truth)), 3),
        "median_half_width": round(float(np.median((high - low) / 2)), 3),
        "bars_hold": round(float(holds.mean()), 4),
        "bars_hold_by_true_width": _split(holds, true_width),
        "bars_hold_by_measured_width": _split(holds, measured_width),
    }


def _ends(bound: Bound) -> tuple[float | None, float | None, float | None]:
    return bound.value, bound.low, bound.high


def _root_mean_square(error: NDArray[np.float64]) -> float:
    return round(float(np.sqrt(np.mean(error**2))), 3)


def _split(holds: NDArray[np.bool_], width_px: NDArray[np.float64]) -> dict[str, Any]:
    of_class = {
        name: holds[(low <= width_px) & (width_px < high)] for name, (low, high) in CLASSES.items()
    }
    return {
        name: {
            "cracks": len(held),
            "bars_hold": round(float(held.mean()), 4) if held.size else None,
        }
        for name, held in of_class.items()
    }


if __name__ == "__main__":
    main()
