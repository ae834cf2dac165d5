"""Time of each gradient method against the gradient evaluations that it needs.

    python benchmarks/explanations.py [--side 256] [--batch 4] [--rounds 7]

Each network explains one photo by saliency, SmoothGrad, integrated gradients and (Seg-)Grad-CAM;
beside it the same compiled gradient is evaluated as often as the method does, in batches of the
same sizes, on photos that lie ready. Both are compiled before and taken in turn; medians. Prints
JSON: seconds of each, and their ratio, which should be 1.2 at most.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from crack_pipeline.training.start import start_keras

NETWORKS = ("unet", "deepcrack", "hairline", "cnn", "mobilenetv2")
STEPS, SAMPLES = 16, 8


def main() -> None:
    """Measure every network and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    start_keras()
    print(json.dumps({name: _measure(name, arguments) for name in NETWORKS}, indent=2))


def _measure(name: str, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    from crack_pipeline.explain.gradients import LogitGradients
    from crack_pipeline.explain.layers import choose_layer, list_feature_layers
    from crack_pipeline.models.builders import BUILDERS, build_model
    from crack_pipeline.models.settings import ClassificationModel, SegmentationModel

    task, side = BUILDERS[name].task, arguments.side
    kind = SegmentationModel if task == "segmentation" else ClassificationModel
    model = build_model(task, kind(name=name), input_px=side)
    gradients = LogitGradients(model, batch_size=arguments.batch)
    photo = np.random.default_rng(0).integers(0, 256, (side, side, 3)).astype(np.float32)
    weights = np.ones((side, side) if task == "segmentation" else 1, np.float32)
    layer = choose_layer(list_feature_layers(model, side), None)
    methods = _list_methods(gradients, photo, weights, layer)
    return {
        method: _compare(explain, evaluate, arguments.rounds)
        for method, (explain, evaluate) in methods.items()
    }


def _list_methods(
    gradients: Any, photo: Any, weights: Any, layer: Any
) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    from crack_pipeline.explain.methods import (
        integrate_gradients,
        map_grad_cam,
        map_saliency,
        map_smoothgrad,
    )
    from crack_pipeline.explain.settings import IntegratedGradientsSettings, SmoothgradSettings

    smooth = SmoothgradSettings(samples=SAMPLES)
    # As many steps on every network, whatever the gap.
    path = IntegratedGradientsSettings(steps=STEPS, most_steps=STEPS)

    def evaluate(count: int) -> Callable[[], None]:
        batch = np.repeat(photo[None], min(count, gradients.batch_size), axis=0)

        def run() -> None:
            for _ in range(0, count, len(batch)):
                gradients.of_input(batch, weights)

        return run

    return {
        "saliency": (lambda: map_saliency(gradients, photo, weights), evaluate(1)),
        "smoothgrad": (
            lambda: map_smoothgrad(gradients, photo, weights, smooth, seed=0),
            evaluate(SAMPLES),
        ),
        "integrated_gradients": (
            lambda: integrate_gradients(gradients, photo, weights, path),
            evaluate(STEPS),
        ),
        "grad_cam": (
            lambda: map_grad_cam(gradients, photo, weights, layer),
            lambda: gradients.of_features(photo, weights, layer.layer),
        ),
    }


def _compare(
    explain: Callable[[], Any], evaluate: Callable[[], Any], rounds: int
) -> dict[str, float]:
    explaining, evaluating = [], []
    for number in range(rounds + 1):
        for run, times in ((explain, explaining), (evaluate, evaluating)):
            started = time.perf_counter()
            run()
            if number:  # the first one compiles
                times.append(time.perf_counter() - started)
    method_s, needed_s = statistics.median(explaining), statistics.median(evaluating)
    return {
        "method_s": round(method_s, 4),
        "gradients_s": round(needed_s, 4),
        "ratio": round(method_s / needed_s, 3),
    }


if __name__ == "__main__":
    main()
