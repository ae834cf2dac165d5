"""Time the intervals over source photos.

    python benchmarks/bootstrap.py [--draws 1000]

Drawn numbers in the shape of an evaluation: 237 photos in 60 groups with all columns that headline
metrics of masks need (counts, sums of photos' rates, histograms of 101 levels, reliability of 15
bins), two such models paired, and 4 000 labelled photos with the areas under curves. Prints JSON.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import interval_of, paired_interval
from crack_pipeline.metrics.calibration import ReliabilityCounts, rate_calibration
from crack_pipeline.metrics.curves import average_precision, roc_auc
from crack_pipeline.metrics.labels import LabelPredictions, label_intervals
from crack_pipeline.metrics.rates import ConfusionCounts

PHOTOS, GROUPS, LABELLED = 237, 60, 4000
LARGEST_SECONDS = 10.0
# Four counts; sums of eight rates and a 1; pairs of found and all, of centrelines and with
# tolerance; crack and background by level; four sums for each of 15 bins.
_COUNTS, _MEANS, _LEVELS, _RELIABILITY = 4, 9, 202, 60
_SHARES = 8


def rate_all(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """All headline metrics of masks from their sums."""
    ends = np.cumsum([_COUNTS, _MEANS, _SHARES, _LEVELS])
    counts, means, shares, levels, reliability = np.split(sums, ends, axis=1)
    whole = ConfusionCounts(*counts.astype(np.int64).T)
    pooled = [rates.precision(whole), rates.recall(whole), rates.f1(whole), rates.iou(whole)]
    pairs = shares.reshape(len(sums), 4, 2)
    found = rates.divide(pairs[..., 0], pairs[..., 1], if_empty=1.0)
    structure = [rates.harmonic_mean(found[:, place], found[:, place + 1]) for place in (0, 2)]
    halves = np.split(levels, 2, axis=1)
    bins = ReliabilityCounts(*np.split(reliability, 4, axis=1))
    return np.concatenate(
        [
            np.stack(pooled + structure, axis=1),
            rates.divide(means[:, :-1], means[:, -1:].repeat(8, axis=1), if_empty=np.nan),
            np.stack([roc_auc(*halves), average_precision(*halves)], axis=1),
            np.stack(list(rate_calibration(bins).values()), axis=1),
        ],
        axis=1,
    )


def make_photos(seed: int) -> NDArray[np.float64]:
    """Columns of drawn photos."""
    rng = np.random.default_rng(seed)
    means = np.concatenate([rng.random((PHOTOS, _MEANS - 1)), np.ones((PHOTOS, 1))], axis=1)
    whole = rng.integers(1, 5000, (PHOTOS, _COUNTS + _SHARES + _LEVELS + _RELIABILITY))
    counts, rest = np.split(whole.astype(np.float64), [_COUNTS], axis=1)
    return np.concatenate([counts, means, rest], axis=1)


def seconds_of(work: Callable[[], object]) -> float:
    """Best of three rounds."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(min(times), 3)


def main() -> None:
    """Time the three kinds of intervals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    first, second = make_photos(0), make_photos(1)
    groups = np.arange(PHOTOS) % GROUPS
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, LABELLED)
    scores = LabelPredictions(np.clip(rng.normal(0.3 + 0.4 * labels, 0.3), 0, 1), 0.5)
    seconds = {
        "masks": seconds_of(lambda: interval_of(first, groups, rate_all, resamples=draws)),
        "masks_each_photo_a_group": seconds_of(
            lambda: interval_of(first, np.arange(PHOTOS), rate_all, resamples=draws)
        ),
        "masks_paired": seconds_of(
            lambda: paired_interval(first, second, groups, rate_all, resamples=draws)
        ),
        "labels": seconds_of(
            lambda: label_intervals(labels, scores, np.arange(LABELLED), resamples=draws)
        ),
    }
    print(
        json.dumps(
            {
                "draws": draws,
                "photos": PHOTOS,
                "columns": first.shape[1],
                "metrics": rate_all(first.sum(axis=0, keepdims=True)).shape[1],
                "labelled_photos": LABELLED,
                "seconds": seconds,
                "at_most": LARGEST_SECONDS,
                "holds": max(seconds.values()) <= LARGEST_SECONDS,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
