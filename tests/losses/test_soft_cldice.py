"""Soft clDice, and the loss of the DeepCrack recipe with it, against slow versions of their own.

The slow ones go pixel by pixel through the paper's algorithms 1 and 2 (arXiv:2003.07311).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from keras import ops
from numpy.typing import NDArray

from crack_pipeline.losses.builders import WeightedSum
from crack_pipeline.losses.formula import LossSettings, SoftClDiceSettings
from crack_pipeline.training.recipe import TrainingRecipe

RECIPE = Path(__file__).parents[2] / "conf" / "deepcrack" / "parameters" / "training.yml"
CROSS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
SQUARE = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1))

Photo = NDArray[np.float64]


def _around(photo: Photo, places: tuple[tuple[int, int], ...], choose: Callable) -> Photo:
    height, width = photo.shape
    chosen = np.empty_like(photo)
    for y in range(height):
        for x in range(width):
            chosen[y, x] = choose(
                photo[y + dy, x + dx]
                for dy, dx in places
                if 0 <= y + dy < height and 0 <= x + dx < width
            )
    return chosen


def _skeleton(photo: Photo, iterations: int) -> Photo:
    def ridge(image: Photo) -> Photo:
        opened = _around(_around(image, CROSS, min), SQUARE, max)
        return np.maximum(image - opened, 0)

    skeleton = ridge(photo)
    for _ in range(iterations):
        photo = _around(photo, CROSS, min)
        skeleton = skeleton + np.maximum(ridge(photo) - skeleton * ridge(photo), 0)
    return skeleton


def _reduced(photo: Photo, factor: int) -> Photo:
    height, width = photo.shape
    return np.array(
        [
            [photo[y : y + factor, x : x + factor].max() for x in range(0, width, factor)]
            for y in range(0, height, factor)
        ]
    )


def _slow_cldice(truth: NDArray, predicted: NDArray, settings: SoftClDiceSettings) -> float:
    found = of_found = covered = of_truth = settings.smooth
    for mask, probability in zip(truth[..., 0], predicted[..., 0], strict=True):
        v_l = _reduced(mask.astype(float), settings.downsample)
        v_p = _reduced(probability.astype(float), settings.downsample)
        s_l, s_p = (_skeleton(volume, settings.iterations) for volume in (v_l, v_p))
        found, of_found = found + (s_p * v_l).sum(), of_found + s_p.sum()
        covered, of_truth = covered + (s_l * v_p).sum(), of_truth + s_l.sum()
    precision, sensitivity = found / of_found, covered / of_truth
    return 1 - 2 * precision * sensitivity / (precision + sensitivity)


def _slow_deepcrack(truth: NDArray, predicted: NDArray, settings: LossSettings) -> float:
    t, p = truth.astype(float), predicted.astype(float)
    cross_entropy = -np.where(t > 0, np.log(p), np.log(1 - p)).mean()
    dice = 1 - (2 * (t * p).sum() + 1) / (t.sum() + p.sum() + 1)
    return cross_entropy + dice + 0.3 * _slow_cldice(truth, predicted, settings.soft_cldice)


@pytest.fixture(scope="module")
def example() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two masks, a bent crack of 5 px and none, and predictions that are half right."""
    rng = np.random.default_rng(0)
    truth = np.zeros((2, 24, 32, 1), np.float32)
    for x in range(32):
        y = round(9 + 5 * np.sin(x / 6))
        truth[0, y : y + 5, x] = 1
    noise = rng.random(truth.shape, np.float32)
    return truth, np.clip(0.6 * truth + 0.4 * noise, 0.01, 0.99)


def _value(text: str, settings: LossSettings, truth: NDArray, predicted: NDArray) -> float:
    return float(ops.convert_to_numpy(WeightedSum(text, settings)(truth, predicted)).item())


@pytest.mark.parametrize("smooth", [1.0, 7.0])
@pytest.mark.parametrize(("iterations", "downsample"), [(1, 1), (4, 1), (2, 2), (4, 4)])
def test_agrees_with_the_paper(example, iterations, downsample, smooth):
    settings = SoftClDiceSettings(iterations=iterations, downsample=downsample, smooth=smooth)
    found = _value("soft_cldice", LossSettings(soft_cldice=settings), *example)
    assert found == pytest.approx(_slow_cldice(*example, settings), rel=1e-5)
    assert 0.02 < found < 0.98


_ON_JAX = """
import json, sys, numpy as np
from crack_pipeline.losses.builders import WeightedSum
from crack_pipeline.losses.formula import LossSettings

example, (text, settings) = np.load(sys.argv[1]), json.loads(sys.argv[2])
loss = WeightedSum(text, LossSettings.model_validate(settings))
print(json.dumps(np.asarray(loss(example["truth"], example["predicted"])).item()))
"""


def test_the_loss_of_the_deepcrack_recipe_is_one_on_both_backends(example, tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install -e .[jax]")
    text = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    recipe = TrainingRecipe.model_validate(text["training"]["segmentation"])
    settings = recipe.loss_settings
    assert recipe.loss == "binary_crossentropy + dice + 0.3 * soft_cldice"
    assert settings.soft_cldice.downsample > 1
    expected = pytest.approx(_slow_deepcrack(*example, settings), rel=1e-5)
    assert _value(recipe.loss, settings, *example) == expected
    truth, predicted = example
    np.savez(tmp_path / "example.npz", truth=truth, predicted=predicted)
    formula = json.dumps([recipe.loss, settings.model_dump()])
    done = subprocess.run(
        [sys.executable, "-c", _ON_JAX, str(tmp_path / "example.npz"), formula],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == expected
