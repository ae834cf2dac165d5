"""What feeding a training costs: real steps against the same step on one batch held in memory.

    python benchmarks/training_input.py [--metu <folder with Positive/ and Negative/>]

Prints JSON. For each network: seconds a step of ``model.fit`` with augmented batches and the
callbacks of a training, seconds of the same step on one batch that never changes, measured in
turn, medians of the rounds; ``share`` is the second over the first. With ``--metu`` also the
usual recipe on the same photos, ``image_dataset_from_directory`` and a ``Sequential`` of
augmentation layers, beside ours: seconds of the first epoch (ours with the cutting of tiles
before it) and anonymous memory, each in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from anonymous_memory import MemoryWatch

from crack_pipeline.training.start import start_keras

ROUNDS, STEPS, EPOCH_ROUNDS = 5, 12, 3
SEGMENTATION = {"tile_px": 256, "batch_size": 8, "n_tiles": 64}
CLASSIFICATION = {"tile_px": 128, "batch_size": 16, "n_tiles": 512}
_NETWORKS = (("hairline", SEGMENTATION), ("unet", SEGMENTATION), ("cnn", CLASSIFICATION))


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metu", type=Path, help="folder with Positive/ and Negative/")
    parser.add_argument("--epochs-only", action="store_true", help="only what --metu adds")
    parser.add_argument("--first-epoch", choices=["ours", "usual"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.first_epoch:
        print(json.dumps(_first_epoch(arguments.first_epoch, arguments.metu)))
        return
    start_keras()
    result: dict[str, Any] = {"device": _device()}
    networks = () if arguments.epochs_only else _NETWORKS
    for name, size in networks:
        result[name] = _measure_steps(name, **size)
    if arguments.metu:
        result["first_epoch"] = _compare_first_epochs(arguments.metu)
    print(json.dumps(result, indent=2))


def _compare_first_epochs(metu: Path) -> dict[str, Any]:
    for path in metu.glob("*/*.jpg"):
        path.read_bytes()  # from the page cache for both
    rounds = [
        {kind: _run_first_epoch(kind, metu) for kind in ("ours", "usual")}
        for _ in range(EPOCH_ROUNDS)
    ]
    ratios = {
        name: [one["ours"][name] / one["usual"][name] for one in rounds]
        for name in ("seconds", "peak_rss_anon_mib")
    }
    return {
        "rounds": rounds,
        "seconds_ours_over_usual": float(np.median(ratios["seconds"])),
        "memory_ours_over_usual": float(np.median(ratios["peak_rss_anon_mib"])),
    }


def _measure_steps(name: str, *, tile_px: int, batch_size: int, n_tiles: int) -> dict[str, float]:
    import keras

    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.training.batches import TrainingBatches

    class OneBatch(keras.utils.PyDataset):
        def __init__(self, batch: Any) -> None:
            super().__init__()
            self._batch = batch

        @property
        def num_batches(self) -> None:
            return None

        def __getitem__(self, index: int) -> Any:
            return self._batch

    with tempfile.TemporaryDirectory() as folder:
        store = _draw_store(Path(folder) / "store", tile_px, n_tiles, masks=name != "cnn")
        options: dict[str, Any] = {"batch_size": batch_size, "seed": 0}
        fed = TrainingBatches(store, AugmentationPolicy(), **options)
        held = OneBatch(fed[0])
        model = _compile(name, tile_px)
        times: dict[str, list[float]] = {"fed": [], "held": []}
        for batches in (fed, held):
            _fit(model, batches)
        for _ in range(ROUNDS):
            for kind, batches in (("fed", fed), ("held", held)):
                times[kind].append(_fit(model, batches))
    medians = {kind: float(np.median(values)) for kind, values in times.items()}
    shares = [held / fed for fed, held in zip(times["fed"], times["held"], strict=True)]
    return {
        "seconds_a_step": medians["fed"],
        "seconds_a_step_held_in_memory": medians["held"],
        "share": float(np.median(shares)),
        "share_lowest": min(shares),
    }


def _fit(model: Any, batches: Any, steps: int = STEPS) -> float:
    from crack_pipeline.training.callbacks import StepProgress, StopOnNan

    clock = _make_clock()
    callbacks = [StopOnNan(0, Path()), StepProgress(steps, 1), clock]
    model.fit(batches, steps_per_epoch=steps, verbose=0, shuffle=False, callbacks=callbacks)
    return float(clock.seconds_a_step())


def _make_clock() -> Any:
    import keras

    class Clock(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self._ends: list[float] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self._ends.append(time.perf_counter())

        def seconds_a_step(self) -> float:
            # The first steps fill the queue of batches.
            ends = self._ends[2:]
            return (ends[-1] - ends[0]) / (len(ends) - 1)

    return Clock()


def _compile(name: str, tile_px: int) -> Any:
    from crack_pipeline.models.builders import BUILDERS, build_model
    from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
    from crack_pipeline.training.compiling import compile_model
    from crack_pipeline.training.recipe import TrainingRecipe

    task = BUILDERS[name].task
    kind = SegmentationModel if task == "segmentation" else ClassificationModel
    model = build_model(task, kind(name=name), input_px=tile_px)
    loss = "bce_dice" if task == "segmentation" else "binary_crossentropy"
    recipe = TrainingRecipe(loss=loss)
    compile_model(model, recipe, task="segmentation", learning_rate=1e-4, epochs=100, steps=STEPS)
    return model


def _draw_store(folder: Path, tile_px: int, n_tiles: int, *, masks: bool) -> Any:
    from crack_pipeline.tiles.store import TileWriter, open_tile_store

    rng = np.random.default_rng(0)
    with TileWriter(folder, n_tiles=n_tiles, tile_px=tile_px, has_masks=masks) as writer:
        for number in range(n_tiles):
            tile = rng.integers(0, 256, (tile_px, tile_px, 3), dtype=np.uint8)
            mask = (rng.random((tile_px, tile_px)) > 0.96).astype(np.uint8) if masks else None
            row = {"image_id": str(number), "split": "train", "x_px": 0, "y_px": 0}
            writer.add(tile, mask, {**row, "label": number % 2, "crack_share": 0.04})
        writer.finish("benchmark")
    return open_tile_store(folder)


def _run_first_epoch(kind: str, metu: Path) -> dict[str, float]:
    command = [sys.executable, __file__]
    done = subprocess.run(
        [*command, "--first-epoch", kind, "--metu", str(metu)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _first_epoch(kind: str, metu: Path) -> dict[str, float]:
    start_keras()
    model = _compile("cnn", CLASSIFICATION["tile_px"])
    size, side = CLASSIFICATION["batch_size"], CLASSIFICATION["tile_px"]
    model.train_on_batch(np.zeros((size, side, side, 3), np.uint8), np.zeros((size, 1), np.uint8))
    memory, started = MemoryWatch(os.getpid()).start(), time.monotonic()
    n_photos = (_epoch_ours if kind == "ours" else _epoch_usual)(model, metu, size, side)
    ended = time.monotonic()
    return {
        "seconds": ended - started,
        "photos_a_second": n_photos / (ended - started),
        "peak_rss_anon_mib": memory.peak_mib(started, ended),
    }


def _epoch_ours(model: Any, metu: Path, size: int, side: int) -> int:
    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.images.reading import read_image
    from crack_pipeline.images.resizing import resize_image
    from crack_pipeline.tiles.store import TileWriter, open_tile_store
    from crack_pipeline.training.batches import TrainingBatches

    paths = sorted(metu.glob("*/*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        with TileWriter(store, n_tiles=len(paths), tile_px=side, has_masks=False) as writer:
            for path in paths:
                tile = resize_image(read_image(path), width_px=side, height_px=side)
                label = int(path.parent.name == "Positive")
                row = {
                    "image_id": path.stem,
                    "split": "train",
                    "label": label,
                    "x_px": 0,
                    "y_px": 0,
                }
                writer.add(tile, None, row)
            writer.finish("benchmark")
        batches = TrainingBatches(
            open_tile_store(store), AugmentationPolicy(), batch_size=size, seed=0
        )
        model.fit(batches, steps_per_epoch=len(paths) // size, verbose=0, shuffle=False)
    return len(paths)


def _epoch_usual(model: Any, metu: Path, size: int, side: int) -> int:
    import keras
    import tensorflow as tf

    augment = keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal_and_vertical"),
            keras.layers.RandomRotation(0.1),
            keras.layers.RandomContrast(0.2),
        ]
    )
    photos = keras.utils.image_dataset_from_directory(
        metu, batch_size=size, image_size=(side, side), label_mode="binary", seed=0, verbose=False
    )
    n_photos = len(photos.file_paths)
    fed = photos.map(
        lambda images, labels: (augment(images, training=True), labels),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).prefetch(tf.data.AUTOTUNE)
    model.fit(fed, verbose=0)
    return n_photos


def _device() -> str:
    import keras

    return f"{keras.backend.backend()}: {', '.join(keras.distribution.list_devices())}"


if __name__ == "__main__":
    main()
