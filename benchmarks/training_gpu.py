"""Images a second of real training, as a share of the same step on data already on the device.

    KERAS_BACKEND=jax python benchmarks/training_gpu.py [--precision mixed_bfloat16] [--smoke]

``mobilenetv2_unet`` at 256 px and ``mobilenetv2`` at 224 px, mixed precision. "Real" is
``model.fit`` on a tile store with augmentation; "on the device" is the same compiled step on
one batch that was put there before. Prints lines of JSON, the first with the device's name.
``--smoke`` takes tiny sizes, to see on a CPU that it runs.
"""

import argparse
import json
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from training_input import _draw_store, _fit

from crack_pipeline.training.start import start_keras

ROUNDS, STEPS = 3, 100  # many more steps than batches are made ahead


def main() -> None:
    """Measure both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", default="mixed_bfloat16")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    start_keras()
    import keras

    device = {"backend": keras.backend.backend(), "devices": keras.distribution.list_devices()}
    print(json.dumps(device), flush=True)
    for name, tile_px in (("mobilenetv2_unet", 256), ("mobilenetv2", 224)):
        side, batch, steps = (
            (64, 4, 12) if arguments.smoke else (tile_px, arguments.batch_size, STEPS)
        )
        result = _measure(name, side, batch, arguments.precision, steps)
        print(json.dumps({name: result}), flush=True)  # a line each: the next may take long


def _measure(
    name: str, tile_px: int, batch_size: int, precision: str, steps: int
) -> dict[str, float]:
    import keras

    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.models.builders import BUILDERS, build_model
    from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
    from crack_pipeline.training.backend import computing_in
    from crack_pipeline.training.batches import TrainingBatches
    from crack_pipeline.training.compiling import compile_model
    from crack_pipeline.training.recipe import TrainingRecipe

    task = BUILDERS[name].task
    segments = task == "segmentation"
    settings = (SegmentationModel if segments else ClassificationModel)(name=name)
    recipe = TrainingRecipe(loss="bce_dice" if segments else "binary_crossentropy")
    with tempfile.TemporaryDirectory() as folder, computing_in(precision):
        store = _draw_store(Path(folder) / "store", tile_px, 8 * batch_size, masks=segments)
        model = build_model(task, settings, input_px=tile_px)
        compile_model(model, recipe, task="segmentation", learning_rate=1e-4, epochs=100, steps=100)
        fed = TrainingBatches(store, AugmentationPolicy(), batch_size=batch_size, seed=0)
        tiles, targets = fed[0]
        held = (keras.ops.convert_to_tensor(tiles), keras.ops.convert_to_tensor(targets))
        _fit(model, fed)  # compiles
        seconds_fed = float(np.median([_time_fed(model, fed, steps) for _ in range(ROUNDS)]))
        seconds_held = _time_held(model, *held, steps=steps)
    return {
        "images_a_second": batch_size / seconds_fed,
        "images_a_second_on_device": batch_size / seconds_held,
        "share": seconds_held / seconds_fed,
    }


def _time_fed(model: Any, batches: Any, steps: int) -> float:
    from crack_pipeline.training.backend import feeding_threads
    from crack_pipeline.training.batches import PrefetchedBatches

    with closing(PrefetchedBatches(batches, threads=feeding_threads())) as ahead:
        return _fit(model, ahead, steps)


def _time_held(model: Any, tiles: Any, targets: Any, *, steps: int) -> float:
    times = []
    for _ in range(steps):
        started = time.perf_counter()
        model.train_on_batch(tiles, targets)
        times.append(time.perf_counter() - started)
    return float(np.median(times[5:]))


if __name__ == "__main__":
    main()
