"""Losses against values worked out by hand, against Keras, and against slow versions."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops
from scipy.ndimage import maximum_filter, minimum_filter
from sklearn.metrics import log_loss

from crack_pipeline.errors import ParameterError
from crack_pipeline.losses.builders import WeightedSum, soft_skeleton
from crack_pipeline.losses.formula import (
    LOSS_NAMES,
    CrossEntropySettings,
    DiceSettings,
    LossSettings,
    SoftClDiceSettings,
    TverskySettings,
)

TRUTH = np.array([[1, 0], [0, 0]], np.float32)[None, ..., None]
HALF = np.full((1, 2, 2, 1), 0.5, np.float32)
PLAIN = LossSettings()
LN2 = float(np.log(2))


def _value(text: str, truth=TRUTH, predicted=HALF, settings=PLAIN, **options: float) -> float:
    return float(ops.convert_to_numpy(WeightedSum(text, settings, **options)(truth, predicted)))


def _with_tube(truth: np.ndarray) -> np.ndarray:
    return np.concatenate([truth, truth], axis=-1)


def _example() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = np.zeros((2, 16, 16, 1), np.float32)
    truth[0, 5:8, 1:15] = 1
    return _with_tube(truth), rng.random((2, 16, 16, 1), np.float32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("binary_crossentropy", LN2),
        ("dice", 0.5),  # overlap .5, total 1 + 2: 1 − (2·.5 + 1) / (3 + 1)
        ("bce_dice", LN2 + 0.5),
        ("binary_crossentropy + 0.5 * dice", LN2 + 0.25),
        ("focal", LN2 * 0.25 * (0.25 + 3 * 0.75) / 4),
        ("tversky", 1 - 1.5 / (0.5 + 0.3 * 1.5 + 0.7 * 0.5 + 1)),
        ("focal_tversky", (1 - 1.5 / 2.3) ** 0.75),
    ],
)
def test_by_hand(text, expected):
    assert _value(text) == pytest.approx(expected, rel=1e-5)


def test_skeleton_recall_by_hand():
    # the tube is the one crack pixel: 1 − (.5 + 1) / (1 + 1)
    assert _value("skeleton_recall", truth=_with_tube(TRUTH)) == pytest.approx(0.25)


def test_weighted_cross_entropy_by_hand():
    weighted = LossSettings(binary_crossentropy=CrossEntropySettings(positive_weight=5))
    assert _value("binary_crossentropy", settings=weighted) == pytest.approx(LN2 * 8 / 4, rel=1e-5)


def test_label_smoothing_moves_targets_of_cross_entropy_only():
    predicted = np.full_like(HALF, 0.25)
    # targets .95 and .05
    crack = 0.95 * np.log(0.25) + 0.05 * np.log(0.75)
    background = 0.05 * np.log(0.25) + 0.95 * np.log(0.75)
    smoothed = _value("binary_crossentropy", predicted=predicted, label_smoothing=0.1)
    assert smoothed == pytest.approx(-(crack + 3 * background) / 4, rel=1e-5)
    assert _value("dice", label_smoothing=0.1) == _value("dice")


def test_agrees_with_keras():
    truth, predicted = _example()
    mask = truth[..., :1]
    focal = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2)
    expected = float(focal(mask, predicted))
    assert _value("focal", truth, predicted) == pytest.approx(expected, rel=1e-4)
    tiny = LossSettings(tversky=TverskySettings(smooth=1e-7), dice=DiceSettings(smooth=1e-7))
    # Keras 3.15 calls misses false positives, so its alpha is the beta of Salehi, and of ours.
    tversky = keras.losses.Tversky(alpha=0.7, beta=0.3)
    expected = float(tversky(mask, predicted))
    assert _value("tversky", truth, predicted, tiny) == pytest.approx(expected, rel=1e-4)
    expected = float(keras.losses.Dice()(mask, predicted))
    assert _value("dice", truth, predicted, tiny) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("positive_weight", [1.0, 4.0])
def test_agrees_with_scikit_learn(positive_weight):
    truth, predicted = _example()
    labels = truth[..., :1].ravel()
    weights = np.where(labels > 0, positive_weight, 1.0)
    # scikit-learn divides by the sum of weights, this loss by the number of pixels
    expected = log_loss(labels, predicted.ravel(), sample_weight=weights) * weights.mean()
    weighted = LossSettings(
        binary_crossentropy=CrossEntropySettings(positive_weight=positive_weight)
    )
    found = _value("binary_crossentropy", truth, predicted, weighted)
    assert found == pytest.approx(expected, rel=1e-4)


def test_dice_pools_the_batch():
    both = np.concatenate([TRUTH, np.zeros_like(TRUTH)])
    assert _value("dice", both, both) == pytest.approx(0.0)


def test_soft_skeleton_is_the_papers_algorithm():
    def erode(x):
        rows, columns = (minimum_filter(x, size, mode="nearest") for size in ((3, 1), (1, 3)))
        return np.minimum(rows, columns)

    def ridge_of(x):
        return np.maximum(x - maximum_filter(erode(x), (3, 3), mode="nearest"), 0)

    mask = np.random.default_rng(1).random((1, 12, 12, 1), np.float32)
    x = mask[0, ..., 0]
    skeleton = ridge_of(x)
    for _ in range(3):
        x = erode(x)
        skeleton = skeleton + np.maximum(ridge_of(x) * (1 - skeleton), 0)
    found = ops.convert_to_numpy(soft_skeleton(mask, 3))[0, ..., 0]
    np.testing.assert_allclose(found, skeleton, atol=1e-6)


@pytest.mark.parametrize(("width_px", "has_skeleton"), [(1, True), (6, True), (7, False)])
def test_a_soft_skeleton_reaches_bands_of_two_pixels_an_erosion_and_two_more(
    width_px, has_skeleton
):
    band = np.zeros((1, 24, 24, 1), np.float32)
    band[:, 8 : 8 + width_px] = 1
    skeleton = ops.convert_to_numpy(soft_skeleton(band, 2))
    assert (skeleton[0, :, 12].max() == 1) == has_skeleton
    assert not skeleton[band == 0].any()


def test_cldice_sees_a_gap_and_not_a_thicker_line():
    line = np.zeros((1, 32, 32, 1), np.float32)
    line[0, 14:17] = 1
    thicker, broken = line.copy(), line.copy()
    thicker[0, 13:18] = 1
    broken[0, :, 12:20] = 0
    small = LossSettings(soft_cldice=SoftClDiceSettings(iterations=3))
    assert _value("soft_cldice", line, line, small) == pytest.approx(0.0, abs=1e-6)
    thick = _value("soft_cldice", line, thicker, small)
    assert thick < 0.05 < _value("soft_cldice", line, broken, small)
    coarse = LossSettings(soft_cldice=SoftClDiceSettings(iterations=2, downsample=2))
    assert _value("soft_cldice", line, broken, coarse) > 0.05


def test_side_outputs_count_with_their_mean():
    sides = np.concatenate([HALF, TRUTH, HALF], axis=-1)
    # the final one .5; sides 0 and .5
    assert _value("dice", predicted=sides, side_weight=2.0) == pytest.approx(0.5 + 2 * 0.25)
    assert _value("dice", predicted=sides) == pytest.approx(0.5)


def test_what_is_missing_is_named():
    with pytest.raises(ParameterError, match="needs skeletons"):
        _value("skeleton_recall")
    with pytest.raises(ParameterError, match="needs side outputs"):
        _value("dice", side_weight=1.0)


@pytest.mark.parametrize("name", LOSS_NAMES)
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_values_and_gradients_are_finite_on_empty_and_full_masks(name, fill):
    import tensorflow as tf

    truth = np.full((2, 8, 8, 2), fill, np.float32)
    for level in (0.0, 0.5, 1.0):
        predicted = tf.Variable(np.full((2, 8, 8, 1), level, np.float32))
        with tf.GradientTape() as tape:
            loss = WeightedSum(name, PLAIN)(truth, predicted)
        assert np.isfinite(float(loss))
        assert np.isfinite(tape.gradient(loss, predicted).numpy()).all()


@pytest.mark.parametrize("name", [*LOSS_NAMES, "bce_dice"])
def test_config_round_trip(name):
    truth, predicted = _example()
    loss = WeightedSum(name, PLAIN, label_smoothing=0.1)
    again = WeightedSum.from_config(json.loads(json.dumps(loss.get_config())))
    assert float(again(truth, predicted)) == pytest.approx(float(loss(truth, predicted)))


def test_a_model_learns_from_masks_with_skeletons_and_is_loaded_with_its_loss(tmp_path):
    truth, _ = _example()
    model = keras.Sequential(
        [keras.Input((16, 16, 1)), keras.layers.Conv2D(1, 3, padding="same", activation="sigmoid")]
    )
    loss = WeightedSum("dice + 0.5 * skeleton_recall + 0.3 * soft_cldice", PLAIN)
    model.compile("adam", loss)
    photos = truth[..., :1]
    model.train_on_batch(photos, truth)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == loss.get_config()
    expected = model.test_on_batch(photos, truth)
    assert again.test_on_batch(photos, truth) == pytest.approx(expected, rel=1e-5)


def test_half_precision_predictions_are_summed_in_float32():
    truth = np.ones((1, 64, 64, 1), np.float32)
    predicted = ops.cast(np.full_like(truth, 0.5), "float16")
    assert _value("dice", truth, predicted) == pytest.approx(1 - 4097 / 6145, rel=1e-4)


_ON_JAX = """
import json, sys, jax, numpy as np
from crack_pipeline.losses.builders import WeightedSum
from crack_pipeline.losses.formula import LOSS_NAMES
from crack_pipeline.losses.formula import LossSettings

example = np.load(sys.argv[1])
values, finite = {}, {}
for name in LOSS_NAMES:
    loss = WeightedSum(name, LossSettings())
    values[name] = float(loss(example["truth"], example["predicted"]))
    slopes = [
        jax.grad(lambda p: loss(np.full((2, 8, 8, 2), fill, np.float32), p))(
            np.full((2, 8, 8, 1), level, np.float32)
        )
        for fill in (0.0, 1.0)
        for level in (0.0, 0.5, 1.0)
    ]
    finite[name] = bool(np.isfinite(np.stack(slopes)).all())
print(json.dumps([values, finite]))
"""


def test_jax_gives_the_same_values_and_finite_gradients(tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install -e .[jax]")
    truth, predicted = _example()
    np.savez(tmp_path / "example.npz", truth=truth, predicted=predicted)
    done = subprocess.run(
        [sys.executable, "-c", _ON_JAX, str(tmp_path / "example.npz")],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    values, finite = json.loads(done.stdout.splitlines()[-1])
    for name in LOSS_NAMES:
        assert values[name] == pytest.approx(_value(name, truth, predicted), rel=1e-5), name
        assert finite[name], name
