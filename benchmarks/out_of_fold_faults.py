"""Share of half-erased masks that a ranking by out-of-fold predictions finds first.

    kedro run --pipeline=ingest --env=deepcrack --params=ingestion.path=<folder>
    python benchmarks/out_of_fold_faults.py --seeds 2

For each seed, 3 % of the train and validation pairs lose half of their crack, in copies of the
masks; a cross-validation is trained on these pairs, faults included, and its out-of-fold
predictions rank them all. A fold or a whole seed that is finished is not trained again, so the
same command goes on after an interruption; `--work` holds what it has done. Prints JSON.
"""

import argparse
import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from fault_planting import (
    choose_pairs,
    measure_found_share,
    plant_faults,
)

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.label_quality.findings import read_map, read_out_of_fold
from crack_pipeline.label_quality.scores import (
    measure_prediction,
    score_mask_predictions,
)
from crack_pipeline.manifest import digest_manifest, usable_rows, validate_manifest
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.models.settings import SegmentationModel, UnetSettings
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.tiles.settings import TileSettings
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.trials.cross_validation import plan_folds, pool_out_of_fold, write_out_of_fold
from crack_pipeline.trials.running import run_trials
from crack_pipeline.trials.trial import TrialSettings

KIND = "half_erased"
TOLERANCE_PX = 2
POLICY = AugmentationPolicy(  # milder than that of conf/deepcrack
    warp_probability=0.5,
    brightness=0.15,
    contrast_range=(0.75, 1.3),
    gamma_range=(0.8, 1.25),
    blur_probability=0.15,
    noise_probability=0.2,
)


def main() -> None:
    """Measure each seed and print all of them."""
    arguments = parse_arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    manifest = pd.read_parquet(arguments.manifest)
    settings = make_settings(arguments.epochs)
    results = []
    for seed in range(arguments.seeds):
        results.append(measure_seed(manifest, settings, arguments, seed))
        logging.info("Seed %d: %s", seed, json.dumps(results[-1]))
    shares = pd.DataFrame([result["found_share"] for result in results]).mean()
    print(json.dumps({"seeds": results, "mean_found_share": shares.round(3).to_dict()}, indent=2))


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--manifest",
        type=Path,
        default=Path("data/02_intermediate/deepcrack/manifest.parquet"),
        help="manifest of DeepCrack",
    )
    parser.add_argument("--work", type=Path, default=Path("benchmarks/output/out_of_fold_faults"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    return parser.parse_args()


def make_settings(epochs: int) -> TrialSettings:
    """The recipe of each fold: a small U-Net at half resolution; no environment has it."""
    return TrialSettings(
        task="segmentation",
        dataset="deepcrack with planted faults",
        tiles=TileSettings(),
        model=SegmentationModel(unet=UnetSettings(base_filters=16, depth=3, stem_stride=2)),
        recipe=TrainingRecipe(learning_rate=2e-3, epochs=epochs, batch_size=8, tensorboard=False),
        policy=POLICY,
        evaluation=SegmentationEvaluation(tolerance_px=TOLERANCE_PX),
        keeps_maps=True,
    )


def measure_seed(
    manifest: pd.DataFrame, settings: TrialSettings, arguments: argparse.Namespace, seed: int
) -> dict[str, Any]:
    """Plant, train the folds, rank, and count what was found."""
    folder = (arguments.work / f"seed_{seed}").resolve()
    planted, positions = plant(manifest, folder, seed)
    trials = plan_folds(
        planted, settings, n_folds=arguments.folds, validation_share=0.15, seed=seed
    )
    results = run_trials(trials, folder / "trials")
    out_of_fold = folder / "out_of_fold"
    write_out_of_fold(
        out_of_fold,
        dict(enumerate(results)),
        task="segmentation",
        manifest_digest=digest_manifest(planted),
    )
    ranked = rank_pairs(planted, out_of_fold)
    pooled = pool_out_of_fold(results, tolerance_px=TOLERANCE_PX)
    return {
        "seed": seed,
        "pairs": len(planted),
        "planted": len(positions),
        "found_share": {
            name: round(measure_found_share(scores, positions), 3)
            for name, scores in ranked.items()
        },
        "out_of_fold_f1_pooled": pooled["out_of_fold_f1_pooled"],
        "training_seconds": sum(e["seconds"] for r in results for e in r.history),
    }


def plant(manifest: pd.DataFrame, folder: Path, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Write spoilt copies of some masks, and the manifest that names them."""
    rows = usable_rows(manifest)
    rows = rows[rows["split"].isin(["train", "validation"])].reset_index(drop=True)
    positions = choose_pairs(len(rows), seed)
    good = [read_mask(Path(path)) for path in rows.loc[positions, "mask_path"]]
    masks = folder / "masks"
    masks.mkdir(parents=True, exist_ok=True)
    for position, mask in zip(positions, plant_faults(KIND, good, seed), strict=True):
        path = masks / f"{position}.png"
        cv2.imwrite(str(path), mask * 255)
        rows.loc[position, "mask_path"] = str(path)
        rows.loc[position, "mask_sha256"] = f"{seed:032x}{position:032x}"
    return validate_manifest(rows.assign(fold=None)), positions


def rank_pairs(manifest: pd.DataFrame, out_of_fold: Path) -> dict[str, np.ndarray]:
    """Score each pair, the worse the higher, by the score of the review and by cleanlab alone."""
    table = read_out_of_fold(out_of_fold).table.set_index("image_id")
    maps = table.loc[manifest["image_id"], "map_path"]
    pairs = zip(maps, manifest["mask_path"], strict=True)
    features = pd.DataFrame(
        [
            measure_prediction(read_map(Path(map_path)), read_mask(Path(mask)))
            for map_path, mask in pairs
        ]
    )
    return {
        "review": score_mask_predictions(features)["score"].to_numpy(),
        "cleanlab alone": 1.0 - features["cleanlab"].to_numpy(),
    }


if __name__ == "__main__":
    main()
