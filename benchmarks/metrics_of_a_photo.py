"""Milliseconds that each metric takes on one predicted mask and one true one.

    python benchmarks/metrics_of_a_photo.py [--mask <a mask file>]

The predicted mask is the true one with every fifth stretch missing, moved by 1 px and widened. Each
metric is measured alone (it thins and transforms what it needs), all of them with shared geometry,
and "tolerance F1, clDice, Hausdorff", which may take 50 ms together. One core; the best of the
rounds, taken in turn. Prints JSON.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.masks.reading import read_mask
from crack_pipeline.measure.geometry import MaskGeometry, MaskLike
from crack_pipeline.metrics.detection import measure_units
from crack_pipeline.metrics.false_alarms import measure_false_alarms
from crack_pipeline.metrics.histograms import measure_histograms
from crack_pipeline.metrics.structure import measure_centrelines, measure_structure
from crack_pipeline.metrics.width_agreement import measure_width_agreement

WIDTH_PX, HEIGHT_PX = 544, 384
ROUNDS = 15
TOLERANCE_PX = 2

Mask = NDArray[np.uint8]


def draw_cracks() -> Mask:
    """Draw twelve winding cracks, 1 to 12 px wide: about a quarter of the photo."""
    rng = np.random.default_rng(0)
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    for width_px in range(1, 13):
        x = np.linspace(0, WIDTH_PX, 60)
        y = rng.uniform(0, HEIGHT_PX) + np.cumsum(rng.normal(0, 6, x.size))
        points = np.stack([x, y], axis=1).astype(np.int32)
        cv2.polylines(mask, [points], isClosed=False, color=1, thickness=width_px)
    return mask


def predict_roughly(truth: Mask) -> Mask:
    """Leave out every fifth stretch of 40 px, move the rest by a pixel, widen it by one."""
    predicted = np.roll(truth, 1, axis=0)
    predicted[:, (np.arange(truth.shape[1]) // 40) % 5 == 0] = 0
    return np.asarray(cv2.dilate(predicted, np.ones((3, 3), np.uint8)), np.uint8)


def list_metrics() -> dict[str, Callable[[MaskLike, MaskLike], object]]:
    """Metric → what measures it on a pair."""
    return {
        "cldice_and_widths": lambda p, t: measure_centrelines(p, t, tolerance_px=TOLERANCE_PX),
        "cliou_centreline_f1_boundary_f1_hausdorff95": measure_structure,
        "false_alarms": lambda p, t: measure_false_alarms(p, t, tolerance_px=TOLERANCE_PX),
        "detection": lambda p, t: measure_units(p, t, tolerance_px=TOLERANCE_PX),
        "width_agreement": lambda p, t: measure_width_agreement(p, t, tolerance_px=TOLERANCE_PX),
    }


def measure_all(predicted: Mask, truth: Mask) -> None:
    """Measure every metric on one geometry."""
    p, t = MaskGeometry(predicted), MaskGeometry(truth)
    for measure in list_metrics().values():
        measure(p, t)


def measure_core(predicted: Mask, truth: Mask) -> None:
    """Tolerance F1 at all thresholds, of centrelines too; clDice; Hausdorff."""
    measure_histograms(predicted.astype(np.float32), truth, tolerance_px=TOLERANCE_PX)
    p, t = MaskGeometry(predicted), MaskGeometry(truth)
    measure_centrelines(p, t, tolerance_px=TOLERANCE_PX)
    measure_structure(p, t)


def time_in_turn(runs: dict[str, Callable[[Mask, Mask], object]], pair: tuple[Mask, Mask]) -> dict:
    """Best time of each run in ms."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(ROUNDS):
        for name, run in runs.items():
            started = time.perf_counter()
            run(*pair)
            best[name] = min(best[name], 1000 * (time.perf_counter() - started))
    return {name: round(ms, 2) for name, ms in best.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mask", type=Path, help="true mask; drawn where none is given")
    path = parser.parse_args().mask
    cv2.setNumThreads(1)
    truth = draw_cracks() if path is None else read_mask(path)
    predicted = predict_roughly(truth)
    runs = {
        "tolerance_f1_cldice_hausdorff": measure_core,
        "all_with_shared_geometry": measure_all,
        **list_metrics(),
    }
    report = {
        "height_width_px": truth.shape,
        "crack_share": round(float(truth.mean()), 3),
        "rounds": ROUNDS,
        "ms": time_in_turn(runs, (predicted, truth)),
        "at_most_ms": {"tolerance_f1_cldice_hausdorff": 50},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
