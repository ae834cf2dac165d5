"""Learning rates over the steps of a stage, by hand."""

import keras
import numpy as np
import pytest

from crack_pipeline.training.compiling import (
    EpochWarmUp,
    RisingRate,
    build_optimizer,
    compile_model,
    schedule_rate,
)
from crack_pipeline.training.recipe import Schedule, TrainingRecipe


def _rates(schedule: Schedule, steps: list[int]) -> list[float]:
    recipe = TrainingRecipe(schedule=schedule)
    rate = schedule_rate(recipe, learning_rate=0.1, epochs=10, steps=10)
    if isinstance(rate, float):
        return [rate] * len(steps)
    return [float(keras.ops.convert_to_numpy(rate(step))) for step in steps]


def test_cosine_rises_then_falls_to_a_hundredth() -> None:
    schedule = Schedule(name="cosine", warmup_share=0.2)
    expected = [0.001, 0.0505, 0.1, 0.0505, 0.001]
    assert _rates(schedule, [0, 10, 20, 60, 100]) == pytest.approx(expected, rel=1e-4)


def test_cosine_without_warm_up_starts_at_the_rate() -> None:
    schedule = Schedule(name="cosine", warmup_share=0.0)
    assert _rates(schedule, [0, 100]) == pytest.approx([0.1, 0.001], rel=1e-4)


def test_step_falls_by_its_factor() -> None:
    schedule = Schedule(name="step", factor=0.5, step_epochs=3, warmup_share=0.0)
    rates = _rates(schedule, [0, 29, 30, 60])
    assert rates == pytest.approx([0.1, 0.1, 0.05, 0.025], rel=1e-4)


@pytest.mark.parametrize(("name", "share"), [("constant", 0.0), ("plateau", 0.0), ("plateau", 0.2)])
def test_others_are_numbers(name: str, share: float) -> None:
    assert _rates(Schedule(name=name, warmup_share=share), [0]) == [0.1]


def test_step_and_constant_rise_from_a_hundredth() -> None:
    # 20 of 100 steps: 0.1 × (0.01 + 0.99 × step / 20)
    constant = _rates(Schedule(name="constant", warmup_share=0.2), [0, 10, 20, 99])
    assert constant == pytest.approx([0.001, 0.0505, 0.1, 0.1], rel=1e-4)
    step = _rates(Schedule(name="step", step_epochs=5, factor=0.5, warmup_share=0.2), [10, 49, 50])
    assert step == pytest.approx([0.0505, 0.1, 0.05], rel=1e-4)


def _one_weight(recipe: TrainingRecipe, epochs: int, steps: int) -> keras.Model:
    """Probability of a single weight; its input is 1, so its gradient can be told by hand."""
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", activation="sigmoid")
    model = keras.Sequential([keras.Input((1,)), dense])
    compile_model(
        model,
        recipe,
        task="segmentation",
        learning_rate=recipe.learning_rate,
        epochs=epochs,
        steps=steps,
    )
    return model


def test_a_schedule_ends_with_its_stage_when_gradients_are_accumulated() -> None:
    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        accumulation_steps=4,
        learning_rate=0.1,
        schedule=Schedule(warmup_share=0.2),
    )
    model = _one_weight(recipe, epochs=10, steps=2)
    rates = []
    for _ in range(20):
        model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    assert rates[3] == pytest.approx(0.1)
    assert rates[-1] == pytest.approx(0.001)


def test_accumulated_gradients_step_once_and_with_their_mean() -> None:
    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        optimizer="sgd",
        accumulation_steps=2,
        learning_rate=1.0,
        schedule=Schedule(name="constant", warmup_share=0.0),
    )
    model = _one_weight(recipe, epochs=1, steps=2)
    weights = []
    for label in (1.0, 0.0, 1.0, 1.0):
        model.train_on_batch(np.ones((2, 1)), np.full((2, 1), label))
        weights.append(float(model.get_weights()[0][0, 0]))
    # Gradient p - y at p = 1/2: -.5 and .5 cancel; then -.5 twice, times 1 + .9 (Nesterov).
    assert weights == pytest.approx([0.0, 0.0, 0.0, 0.95])


def test_gradients_are_clipped_by_the_norm_of_all_together() -> None:
    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        optimizer="sgd",
        clip_norm=0.1,
        learning_rate=1.0,
        schedule=Schedule(name="constant", warmup_share=0.0),
    )
    model = _one_weight(recipe, epochs=1, steps=2)
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    assert model.get_weights()[0][0, 0] == pytest.approx(0.1 * 1.9)


def test_decay_leaves_biases_and_gains_alone() -> None:
    optimizer = build_optimizer(TrainingRecipe(optimizer="adamw", weight_decay=0.5), 0.1)
    names = ["kernel", "bias", "gamma", "beta", "gain"]
    variables = [keras.Variable(np.ones(2, "float32"), name=name) for name in names]
    optimizer.build(variables)
    optimizer.apply([np.zeros(2, "float32")] * len(names), variables)
    left = [float(keras.ops.convert_to_numpy(variable)[0]) for variable in variables]
    assert left == pytest.approx([0.95, 1, 1, 1, 1])


def test_plateau_warms_up_from_epoch_to_epoch() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    callback = EpochWarmUp(0.3, 2)
    callback.set_model(model)
    rates = []
    for epoch in range(4):
        callback.on_epoch_begin(epoch)
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.3])


def test_an_optimizer_gets_what_the_recipe_says() -> None:
    recipe = TrainingRecipe(
        optimizer="adamw", clip_norm=0.5, accumulation_steps=2, ema_momentum=0.99
    )
    optimizer = build_optimizer(recipe, 0.1)
    assert optimizer.global_clipnorm == 0.5
    assert optimizer.gradient_accumulation_steps == 2
    assert optimizer.use_ema
    assert optimizer.ema_momentum**2 == pytest.approx(0.99)


def test_a_schedule_comes_back_from_its_configuration():
    schedule = RisingRate(0.1, warmup_steps=4, decay_steps=10, decay_rate=0.5)
    config = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(config)
    assert again.get_config() == schedule.get_config()
    assert [float(again(step)) for step in (2, 12)] == [float(schedule(step)) for step in (2, 12)]
