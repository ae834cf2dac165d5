"""Plant faults into DeepCrack's masks and count how many the rankings find.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/planted_faults.py

Without a trained model: each kind of fault alone, 3 % of the pairs, several seeds; found is what
lies in the first 10 % of the ranking. With one: ``out_of_fold_faults.py``.
"""

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import joblib
import numpy as np
import pandas as pd
from fault_planting import (
    FAULTS,
    SWAPPED,
    choose_pairs,
    measure_found_share,
    plant_faults,
)

from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.label_quality.pair_features import PairFeatures, measure_pair
from crack_pipeline.label_quality.scores import score_pairs
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.types import BinaryMask

TARGETS = {
    "swapped": 1.0,
    "inverted": 1.0,
    "shifted_15px": 1.0,
    "shifted_6px": 0.9,
    "shifted_3px": 0.6,
    "dilated_3px": 0.8,
}
"""Least mean share found; ``half_erased`` has one only with predictions."""


def list_pairs(folder: Path, split: str) -> list[tuple[Path, Path]]:
    """Photos and masks of one of DeepCrack's parts, by stem."""
    photos = sorted((folder / f"{split}_img").glob("*.jpg"))
    return [(photo, folder / f"{split}_lab" / f"{photo.stem}.png") for photo in photos]


def measure_one(photo: Path, mask: BinaryMask) -> PairFeatures:
    """Read a photo and measure it with a mask."""
    cv2.setNumThreads(1)
    return measure_pair(decode_lightness(read_bytes(photo)).pixels, mask)


def measure_all(photos: Sequence[Path], masks: Sequence[BinaryMask], jobs: int) -> pd.DataFrame:
    """Measurements of several pairs, on all cores."""
    work = joblib.delayed(measure_one)
    return pd.DataFrame(joblib.Parallel(n_jobs=jobs)(map(work, photos, masks)))


def measure_found(folder: Path, split: str, seeds: Sequence[int], jobs: int) -> dict[str, Any]:
    """Share found of each kind and seed, without a trained model."""
    pairs = list_pairs(folder, split)
    photos = [photo for photo, _ in pairs]
    masks = [read_mask(mask) for _, mask in pairs]
    started = time.perf_counter()
    clean = measure_all(photos, masks, jobs)
    seconds = time.perf_counter() - started
    found: dict[str, dict[str, float]] = {}
    for kind in (SWAPPED, *FAULTS):
        found[kind] = {}
        for seed in seeds:
            chosen = choose_pairs(len(pairs), seed)
            spoilt = plant_faults(kind, [masks[position] for position in chosen], seed)
            features = clean.copy()
            measured = measure_all([photos[position] for position in chosen], spoilt, jobs)
            features.iloc[chosen] = measured.to_numpy()
            scores = score_pairs(features)["score"]
            found[kind][str(seed)] = round(measure_found_share(scores, chosen), 3)
    return {
        "split": split,
        "pairs": len(pairs),
        "planted": len(choose_pairs(len(pairs), 0)),
        "jobs": joblib.effective_n_jobs(jobs),
        "ms_per_pair": round(1000 * seconds / len(pairs), 1),
        "found": found,
        "mean": {kind: round(float(np.mean(list(by.values()))), 3) for kind, by in found.items()},
        "targets": TARGETS,
    }


def main() -> None:
    """Measure and print; fail where a mean lies below its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "deepcrack"
    parser.add_argument("--path", type=Path, default=default, help="train_img/, train_lab/, …")
    parser.add_argument("--split", choices=("train", "test"), default="train")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--jobs", type=int, default=-1)
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    result = measure_found(arguments.path, arguments.split, seeds, arguments.jobs)
    print(json.dumps(result, indent=1))
    short = [kind for kind, least in TARGETS.items() if result["mean"][kind] < least]
    if short:
        raise SystemExit(f"below target: {', '.join(short)}")


if __name__ == "__main__":
    main()
