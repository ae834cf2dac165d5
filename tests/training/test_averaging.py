"""The moving average of the weights, by hand, on a model of one weight."""

import keras
import numpy as np
import pytest

from crack_pipeline.training.averaging import (
    ValidateAverages,
    averaged_weights,
    averages_weights,
    averaging_callbacks,
)
from crack_pipeline.training.compiling import compile_model
from crack_pipeline.training.recipe import Precision, Schedule, TrainingRecipe


def _model(momentum: float | None, **changes: object) -> keras.Model:
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", activation="sigmoid")
    model = keras.Sequential([keras.Input((1,)), dense])
    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        optimizer="sgd",
        clip_norm=0.1,  # each gradient is -.1: steps of .19, then .361 - .19, … by momentum
        learning_rate=1.0,
        schedule=Schedule(name="constant", warmup_share=0.0),
        ema_momentum=momentum,
    ).model_copy(update=changes)
    compile_model(model, recipe, task="segmentation", learning_rate=1.0, epochs=1, steps=4)
    return model


def _train(model: keras.Model, n_batches: int) -> list[float]:
    weights = []
    for _ in range(n_batches):
        model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
        weights.append(_weight(model))
    return weights


def _weight(model: keras.Model) -> float:
    return float(model.get_weights()[0][0, 0])


def test_the_average_begins_with_the_first_step_and_follows():
    model = _model(0.75)
    w = _train(model, 3)
    expected = 0.75 * (0.75 * w[0] + 0.25 * w[1]) + 0.25 * w[2]
    with averaged_weights(model):
        assert _weight(model) == pytest.approx(expected, rel=1e-5)
    assert _weight(model) == w[2]


def test_accumulated_batches_count_as_one_step():
    model = _model(0.75, accumulation_steps=2)
    w = _train(model, 7)
    assert w[1] == w[2] != w[3]
    # The average at a step and at the batch after it: as one step of .75.
    expected = 0.75 * (0.75 * w[1] + 0.25 * w[3]) + 0.25 * w[5]
    with averaged_weights(model):
        assert _weight(model) == pytest.approx(expected, rel=1e-5)


def test_validation_sees_the_average_and_leaves_the_weights_as_they_were():
    model = _model(0.9)
    seen = []

    class Look(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            seen.append(_weight(self.model))

    ones = np.ones((8, 1), "float32")
    weights, averages = [], []

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weights.append(_weight(self.model))
            with averaged_weights(self.model):
                averages.append(_weight(self.model))

    model.fit(
        ones,
        ones,
        batch_size=2,
        epochs=2,
        validation_data=(ones[:2], ones[:2]),
        callbacks=[ValidateAverages(), Look(), Note()],
        verbose=0,
    )
    assert seen == averages
    assert all(w > a for w, a in zip(weights, averages, strict=True))


def test_without_averaging_nothing_changes():
    model = _model(None)
    (weight,) = _train(model, 1)
    assert not averages_weights(model)
    assert averaging_callbacks(model) == []
    with averaged_weights(model):
        assert _weight(model) == weight


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_averages_are_found_beneath_the_scaling_of_the_loss(precision: Precision):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        model = _model(0.5)
    finally:
        keras.config.set_dtype_policy(before)
    w = _train(model, 2)
    assert averages_weights(model)
    with averaged_weights(model):
        assert _weight(model) == pytest.approx(0.5 * w[0] + 0.5 * w[1], rel=1e-5)
