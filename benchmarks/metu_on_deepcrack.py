"""A classifier of METU patches on tiles of DeepCrack, beside the grey-level baseline.

    kedro run --pipeline=train --env=metu --params=ingestion.path=<METU>
    kedro run --pipeline=ingest --env=deepcrack --params=ingestion.path=<DeepCrack>
    python benchmarks/metu_on_deepcrack.py

Test photos of DeepCrack are cut into tiles of 227 px without overlap. A tile shows crack where
its mask covers at least a two-hundredth of it, and none where the mask is empty; those between
are left out. Both models keep the thresholds that METU validation chose. Prints JSON; intervals
are bootstraps over source photos.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.baselines.grey_percentiles import (
    fit_percentile_classifier,
    measure_percentiles,
    predict_percentile_classifier,
)
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.metrics.group_bootstrap import (
    bootstrap_difference,
    bootstrap_f1,
    bootstrap_mean,
)
from crack_pipeline.metrics.summaries import summarize_labels
from crack_pipeline.prediction.keras_adapter import make_predict_batch
from crack_pipeline.prediction.label import ResizingSettings, predict_labels
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.training.start import start_keras

TILE_PX, LEAST_SHARE, RESAMPLES = 227, 0.005, 1000
MODEL = Path("data/06_models/metu/classification")
REPORT = Path("data/08_reporting/metu/classification/baseline_scores.json")
METU = Path("data/02_intermediate/metu/manifest.parquet")
DEEPCRACK = Path("data/02_intermediate/deepcrack/manifest.parquet")


def main() -> None:
    """Measure both and print the result."""
    tiles, labels, groups = _cut(pd.read_parquet(DEEPCRACK))
    decision = json.loads((MODEL / "decision.json").read_text())
    baseline = json.loads(REPORT.read_text())
    predicted = {
        "network": (_predict(tiles), float(decision["threshold"])),
        "percentiles": (_predict_baseline(tiles, baseline), float(baseline["threshold"])),
    }
    tables = {name: _count(labels, p >= t, groups) for name, (p, t) in predicted.items()}
    result: dict[str, Any] = {
        "tiles": len(labels),
        "with_crack": int(labels.sum()),
        "source_photos": int(groups.nunique()),
    }
    for name, (probabilities, threshold) in predicted.items():
        metrics = summarize_labels(labels, probabilities, threshold=threshold, prefix="tile")
        interval = bootstrap_f1(tables[name], resamples=RESAMPLES)
        result[name] = {**metrics, "f1_interval": [interval.low, interval.high]}
    difference = bootstrap_difference(*tables.values(), resamples=RESAMPLES)
    squared = [np.square(p - labels) for p, _ in predicted.values()]
    brier = bootstrap_mean(squared[0] - squared[1], groups, resamples=RESAMPLES)
    result["f1_network_less_percentiles"] = asdict(difference)
    result["brier_network_less_percentiles"] = asdict(brier)
    print(json.dumps(result, indent=2))


def _cut(manifest: pd.DataFrame) -> tuple[list[Any], NDArray[np.int64], "pd.Series[Any]"]:
    tiles, labels, groups = [], [], []
    for row in usable_rows(manifest, "test").itertuples():
        image, mask = read_image(Path(row.image_path)), read_mask(Path(row.mask_path))
        for y, x in _corners(*mask.shape):
            share = float(mask[y : y + TILE_PX, x : x + TILE_PX].mean())
            if share == 0 or share >= LEAST_SHARE:
                tiles.append(image[y : y + TILE_PX, x : x + TILE_PX])
                labels.append(int(share > 0))
                groups.append(str(row.group_id))
    return tiles, np.array(labels), pd.Series(groups)


def _corners(height: int, width: int) -> Iterator[tuple[int, int]]:
    for y in range(0, height - TILE_PX + 1, TILE_PX):
        for x in range(0, width - TILE_PX + 1, TILE_PX):
            yield y, x


def _predict(tiles: list[Any]) -> NDArray[np.float64]:
    start_keras()
    import keras

    model = keras.saving.load_model(MODEL / "model.keras", compile=False)
    info = read_model_info(
        json.loads((MODEL / "model_info.json").read_text()), task="classification"
    )
    settings = ResizingSettings.from_model_info(info)
    return np.fromiter(predict_labels(tiles, make_predict_batch(model), settings), np.float64)


def _predict_baseline(tiles: list[Any], baseline: dict[str, Any]) -> NDArray[np.float64]:
    levels = baseline["percentiles"]
    rows = usable_rows(pd.read_parquet(METU), "train")
    rows = rows[rows["label"].notna()]
    seen = np.stack([measure_percentiles(read_image(Path(p)), levels) for p in rows["image_path"]])
    classifier = fit_percentile_classifier(seen, rows["label"].astype(int))
    features = np.stack([measure_percentiles(tile, levels) for tile in tiles])
    return np.asarray(predict_percentile_classifier(classifier, features), np.float64)


def _count(
    labels: NDArray[np.int64], predicted: NDArray[np.bool_], groups: "pd.Series[Any]"
) -> pd.DataFrame:
    crack = labels == 1
    return pd.DataFrame(
        {
            "group_id": groups,
            "true_positive": crack & predicted,
            "false_positive": ~crack & predicted,
            "false_negative": crack & ~predicted,
            "true_negative": ~crack & ~predicted,
        }
    )


if __name__ == "__main__":
    main()
