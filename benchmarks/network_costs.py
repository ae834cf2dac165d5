"""Training step and prediction of each segmentation network, on one machine that does nothing else.

    python benchmarks/network_costs.py [--precision mixed_bfloat16 float32] [--networks hairline]
        [--side 256] [--batch 8]

Steps of 8 tiles of 256 px, unless told otherwise, with the recipe of ``conf/deepcrack``'s
optimiser, prediction in float32; networks at their defaults, medians. Prints JSON: ms a step, ms a
tile, parameters, GFLOPs.
"""

import argparse
import json
import statistics
import time

import numpy as np

from crack_pipeline.training.start import start_keras

STEPS = 8


def main() -> None:
    """Measure every segmentation network and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", nargs="+", default=["mixed_bfloat16"])
    parser.add_argument("--networks", nargs="*", default=[], help="all of them if none is named")
    parser.add_argument("--side", type=int, default=256, help="px of a tile")
    parser.add_argument("--batch", type=int, default=8, help="tiles a step")
    arguments = parser.parse_args()
    side, batch = arguments.side, arguments.batch
    start_keras()
    from crack_pipeline.models.builders import BUILDERS

    names = arguments.networks or [
        name for name, entry in BUILDERS.items() if entry.task == "segmentation"
    ]
    measured = [
        {"network": name, "precision": precision, **_measure(name, precision, side, batch)}
        for name in names
        for precision in arguments.precision
    ]
    print(json.dumps(measured, indent=2))


def _measure(name: str, precision: str, side: int, batch: int) -> dict[str, float]:
    from crack_pipeline.models.builders import build_model
    from crack_pipeline.models.settings import SegmentationModel
    from crack_pipeline.training.backend import computing_in
    from crack_pipeline.training.compiling import compile_model
    from crack_pipeline.training.recipe import TrainingRecipe
    from crack_pipeline.trials.measuring import measure_cost

    settings = SegmentationModel(name=name)
    recipe = TrainingRecipe(optimizer="adamw", clip_norm=1.0, ema_momentum=0.998)
    with computing_in(precision):
        trained = build_model("segmentation", settings, input_px=side)
    compile_model(trained, recipe, task="segmentation", learning_rate=1e-4, epochs=1, steps=100)
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (batch, side, side, 3), dtype=np.uint8)
    masks = (rng.random((batch, side, side, 1)) > 0.96).astype(np.uint8)
    times = []
    for _ in range(STEPS + 2):
        started = time.perf_counter()
        trained.train_on_batch(tiles, masks)
        times.append(1000 * (time.perf_counter() - started))
    cost = measure_cost(build_model("segmentation", settings, input_px=side), side)
    return {
        "parameters": int(trained.count_params()),
        "ms_a_step": round(statistics.median(times[2:]), 1),
        **{key: round(value, 1) for key, value in cost.items()},
    }


if __name__ == "__main__":
    main()
