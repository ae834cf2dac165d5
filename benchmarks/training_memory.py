"""Anonymous memory while training on many tiles, over that while training on few.

    python benchmarks/training_memory.py [--tiles 4000 40000] [--steps 60]

Stores of noise tiles of 224 px are written to a temporary folder (40 000 take 6 GB) and trained
on in a process each, by the training's own code; batches are drawn from the whole store. Prints
JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from anonymous_memory import MemoryWatch

TILE_PX, BATCH = 224, 16


def main() -> None:
    """Measure each number of tiles in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, nargs="+", default=[4_000, 40_000])
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.store:
        print(json.dumps(_train(arguments.store, arguments.steps)))
        return
    peaks = {n: _measure(n, arguments.steps) for n in arguments.tiles}
    values = list(peaks.values())
    print(json.dumps({"peak_rss_anon_mib": peaks, "growth_mib": values[-1] - values[0]}, indent=2))


def _measure(n_tiles: int, steps: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        _write(store, n_tiles)
        command = [sys.executable, __file__, "--store", str(store), "--steps", str(steps)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return float(json.loads(done.stdout.splitlines()[-1]))


def _write(store: Path, n_tiles: int) -> None:
    from crack_pipeline.tiles.store import TileWriter

    noise = np.random.default_rng(0).integers(0, 256, (TILE_PX * 4, TILE_PX * 4, 3), np.uint8)
    with TileWriter(store, n_tiles=n_tiles, tile_px=TILE_PX, has_masks=False) as writer:
        for number in range(n_tiles):
            y, x = number % (TILE_PX * 3), number // 7 % (TILE_PX * 3)
            split = "validation" if number % 100 > 97 else "train"
            row = {"image_id": f"tile_{number:06d}", "split": split, "label": number % 2}
            writer.add(noise[y : y + TILE_PX, x : x + TILE_PX], None, {**row, "x_px": x, "y_px": y})
        writer.finish("benchmark")


def _train(store: Path, steps: int) -> float:
    from crack_pipeline.training.start import start_keras

    start_keras()
    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.models.settings import ClassificationModel
    from crack_pipeline.tiles.store import open_tile_store
    from crack_pipeline.training.fitting import train_model
    from crack_pipeline.training.job import TrainingJob
    from crack_pipeline.training.recipe import TrainingRecipe

    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        epochs=2,
        steps_per_epoch=steps // 2,
        batch_size=BATCH,
        tensorboard=False,
    )
    job = TrainingJob(
        "classification",
        open_tile_store(store),
        ClassificationModel(),
        recipe,
        AugmentationPolicy(),
    )
    memory, started = MemoryWatch(os.getpid()).start(), time.monotonic()
    train_model(job, store / "state", log_root=store / "logs", report_epoch=lambda *_: None)
    return memory.peak_mib(started, time.monotonic())


if __name__ == "__main__":
    main()
