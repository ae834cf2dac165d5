"""On real photos, where ``CRACK_DATA_ROOT`` names a folder with ``deepcrack``."""

import os
from pathlib import Path

import pandas as pd
import pytest
from benchmarks.fault_planting import (
    choose_pairs,
    measure_found_share,
    plant_faults,
)

from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.label_quality.pair_features import measure_pair
from crack_pipeline.label_quality.scores import score_pairs
from crack_pipeline.masks.reading import read_mask

LEAST_FOUND = {
    "swapped": 1.0,
    "inverted": 1.0,
    "shifted_15px": 1.0,
    "shifted_6px": 0.9,
    "shifted_3px": 0.6,
    "dilated_3px": 0.8,
}


@pytest.fixture(scope="module")
def pairs():
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not Path(root).is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder of real photos")
    folder = Path(root) / "deepcrack"
    photos = sorted((folder / "train_img").glob("*.jpg"))[::3]
    masks = [read_mask(folder / "train_lab" / f"{photo.stem}.png") for photo in photos]
    return [decode_lightness(read_bytes(photo)).pixels for photo in photos], masks


@pytest.fixture(scope="module")
def features(pairs):
    return pd.DataFrame([measure_pair(*pair) for pair in zip(*pairs, strict=True)])


@pytest.mark.parametrize(("kind", "least"), LEAST_FOUND.items())
def test_planted_faults_are_found_in_the_first_tenth(pairs, features, kind, least):
    photos, masks = pairs
    found = []
    for seed in range(3):
        chosen = choose_pairs(len(photos), seed)
        spoilt = plant_faults(kind, [masks[position] for position in chosen], seed)
        measured = [
            measure_pair(photos[position], mask)
            for position, mask in zip(chosen, spoilt, strict=True)
        ]
        mixed = features.copy()
        mixed.iloc[chosen] = pd.DataFrame(measured).to_numpy()
        found.append(measure_found_share(score_pairs(mixed)["score"], chosen))
    assert sum(found) / len(found) >= least
