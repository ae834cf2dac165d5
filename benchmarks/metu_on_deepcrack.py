"""A classifier of METU patches on tiles of DeepCrack, beside the grey-level baseline.

    kedro run --pipeline=train --env=metu --params=ingestion.path=<METU>
    kedro run --pipeline=ingest --env=deepcrack --params=ingestion.path=<DeepCrack>
    python benchmarks/metu_on_deepcrack.py

Test photos of DeepCrack are covered with tiles of 227 px, the size of METU's patches, spread evenly
and overlapping. A tile shows crack where its mask covers at least a two-hundredth of it or has a
centreline of at least half a side, and none where the mask is empty; those between are left out.
Most tiles show crack, so F1 flatters: what calling each tile a crack would score stands beside it,
and the area under the curve, which does not depend on the share of cracks. Both models keep the
thresholds that METU validation chose. Prints JSON; the 95 % intervals are bootstraps over source
photos.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.baselines.percentiles import classify_by_levels, measure_percentiles
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.measure.centreline import thin
from crack_pipeline.metrics.labels import LabelPredictions, label_intervals, summarize_labels
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.tasks.label_report import labelled_rows
from crack_pipeline.tasks.report_parts import compare_labels
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.types import BinaryMask, RgbImage

TILE_PX = 227
LEAST_SHARE = 0.005
LEAST_CENTRELINE_PX = TILE_PX // 2
RESAMPLES = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Tiles whose label is clear.

    Attributes:
        rows: ``image_id`` of the tile, ``group_id`` of its photo, ``label``; N rows.
        images: N tiles, (T, T, 3) uint8.
        left_out: How many tiles show too little crack to be called either.
    """

    rows: pd.DataFrame
    images: list[RgbImage]
    left_out: int

    @property
    def labels(self) -> NDArray[np.int64]:
        """(N,) of {0, 1}."""
        return self.rows["label"].to_numpy(np.int64)


def main() -> None:
    """Measure both and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="the project's data folder")
    data = parser.parse_args().data
    tiles = cut_tiles(pd.read_parquet(data / "02_intermediate/deepcrack/manifest.parquet"))
    predicted = {
        "network": predict_network(tiles, data / "06_models/metu/classification"),
        "percentiles": predict_baseline(tiles, data),
    }
    differences = compare_labels(
        tiles.rows,
        tiles.labels,
        predicted["network"],
        predicted["percentiles"],
        resamples=RESAMPLES,
    )
    result = {
        "tiles": len(tiles.rows),
        "with_crack": int(tiles.labels.sum()),
        "left_out": tiles.left_out,
        "source_photos": int(tiles.rows["group_id"].nunique()),
        "f1_of_calling_each_a_crack": 2
        * tiles.labels.sum()
        / (len(tiles.rows) + tiles.labels.sum()),
        **{name: measure(tiles, *pair) for name, pair in predicted.items()},
        "network_less_percentiles": {
            name.removeprefix("test_").replace("_minus_baseline", ""): value
            for name, value in differences.items()
        },
    }
    print(json.dumps(result, indent=2))


def cut_tiles(manifest: pd.DataFrame) -> Tiles:
    """Cut the test photos of DeepCrack.

    Args:
        manifest: With masks.

    Returns:
        The tiles that show crack clearly or not at all.
    """
    rows, images, left_out = [], [], 0
    for photo in usable_rows(manifest, "test").itertuples():
        image, mask = read_image(Path(photo.image_path)), read_mask(Path(photo.mask_path))
        for y in tile_starts(mask.shape[0], TILE_PX, 0):
            for x in tile_starts(mask.shape[1], TILE_PX, 0):
                place = np.s_[y : y + TILE_PX, x : x + TILE_PX]
                label = label_tile(mask[place])
                if label is None:
                    left_out += 1
                    continue
                rows.append((f"{photo.image_id}_{y}_{x}", photo.group_id, label))
                images.append(image[place])
    return Tiles(pd.DataFrame(rows, columns=["image_id", "group_id", "label"]), images, left_out)


def label_tile(mask: BinaryMask) -> int | None:
    """1 for a clear crack, 0 for none at all, None between."""
    share = float(mask.mean())
    if share == 0:
        return 0
    if share >= LEAST_SHARE or int(thin(mask).sum()) >= LEAST_CENTRELINE_PX:
        return 1
    return None


def predict_network(tiles: Tiles, folder: Path) -> tuple[NDArray[np.float64], float]:
    """Probabilities of the network, and its threshold."""
    bundle = ModelBundle.from_folder(folder)
    return np.fromiter(bundle.predict_labels(tiles.images), np.float64), bundle.threshold


def predict_baseline(tiles: Tiles, data: Path) -> tuple[NDArray[np.float64], float]:
    """Probabilities of the baseline, fitted on METU's train photos, and its threshold."""
    scores = data / "08_reporting/metu/classification/baseline_scores.json"
    baseline = json.loads(scores.read_text())
    levels = baseline["percentiles"]
    train = labelled_rows(pd.read_parquet(data / "02_intermediate/metu/manifest.parquet"), "train")
    photos = (read_image(Path(path)) for path in train["image_path"])
    seen = np.stack([measure_percentiles(photo, levels) for photo in photos])
    features = [measure_percentiles(tile, levels) for tile in tiles.images]
    scores = classify_by_levels(
        {"train": seen, "validation": [], "test": features},
        {"train": train["label"], "validation": [], "test": tiles.labels},
    )
    return scores.test, float(baseline["threshold"])


def measure(tiles: Tiles, probabilities: NDArray[np.float64], threshold: float) -> dict[str, Any]:
    """Metrics of one model on the tiles, the headline ones with their intervals."""
    labels, groups = tiles.labels, tiles.rows["group_id"]
    found = label_intervals(
        labels, LabelPredictions(probabilities, threshold), groups, resamples=RESAMPLES
    )
    intervals = {name: found[name] for name in ("f1", "accuracy", "auc")}
    return {
        "threshold": threshold,
        **summarize_labels(labels, probabilities, threshold=threshold, prefix="tile"),
        "intervals": {name: asdict(interval) for name, interval in intervals.items()},
    }


if __name__ == "__main__":
    main()
