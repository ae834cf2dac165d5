"""Training step of the U-Net at full and at half resolution, with equal parameters.

    python benchmarks/unet_stem.py

Prints JSON: parameters, seconds a step (best of the rounds, taken in turn) and their ratio.
"""

import json
import time

from crack_pipeline.training.start import start_keras

BATCH, SIDE, ROUNDS, STEPS = 8, 256, 5, 5


def main() -> None:
    """Measure both in one process and print the result."""
    start_keras()
    import numpy as np

    from crack_pipeline.losses.builders import WeightedSum
    from crack_pipeline.losses.formula import LossSettings
    from crack_pipeline.models.settings import UnetSettings
    from crack_pipeline.models.unet import build_unet

    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (BATCH, SIDE, SIDE, 3), dtype=np.uint8)
    masks = (rng.random((BATCH, SIDE, SIDE, 1)) > 0.97).astype(np.float32)
    variants = {
        "full": UnetSettings(base_filters=8, depth=4, stem_stride=1),
        "half": UnetSettings(base_filters=16, depth=3, stem_stride=2),
    }
    models = {
        name: build_unet(SIDE, settings, scaling="zero_one") for name, settings in variants.items()
    }
    for model in models.values():
        model.compile("adam", WeightedSum("bce_dice", LossSettings()))
        model.train_on_batch(tiles, masks)
    seconds: dict[str, float] = dict.fromkeys(models, float("inf"))
    for _ in range(ROUNDS):
        for name, model in models.items():
            started = time.perf_counter()
            for _ in range(STEPS):
                model.train_on_batch(tiles, masks)
            seconds[name] = min(seconds[name], (time.perf_counter() - started) / STEPS)
    result = {
        "parameters": {name: model.count_params() for name, model in models.items()},
        "seconds_a_step": seconds,
        "ratio": seconds["full"] / seconds["half"],
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
