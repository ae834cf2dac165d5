"""Learning rates over the steps of a stage, by hand."""

import keras
import pytest

from crack_pipeline.training.compiling import build_optimizer, count_steps, schedule_rate
from crack_pipeline.training.recipe import Schedule, TrainingRecipe
from crack_pipeline.training.schedules import EpochWarmUp


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


def test_accumulation_counts_the_steps_of_the_optimizer() -> None:
    recipe = TrainingRecipe(accumulation_steps=4, schedule=Schedule(warmup_share=0.2))
    rate = schedule_rate(recipe, learning_rate=0.1, epochs=10, steps=10)
    # 25 steps in all, 5 of them warm-up
    assert float(keras.ops.convert_to_numpy(rate(5))) == pytest.approx(0.1)
    assert float(keras.ops.convert_to_numpy(rate(25))) == pytest.approx(0.001)


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
    assert optimizer.ema_momentum == 0.99


def test_an_epoch_is_one_pass_unless_told_otherwise() -> None:
    assert count_steps(17, TrainingRecipe(batch_size=8)) == 3
    assert count_steps(17, TrainingRecipe(batch_size=8, steps_per_epoch=50)) == 50
