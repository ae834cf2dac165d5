"""Learning rates over the steps of a stage, by hand."""

import keras
import pytest

from crack_pipeline.training.compiling import count_steps, schedule_rate
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
    schedule = Schedule(name="step", factor=0.5, step_epochs=3)
    rates = _rates(schedule, [0, 29, 30, 60])
    assert rates == pytest.approx([0.1, 0.1, 0.05, 0.025], rel=1e-4)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_others_are_numbers(name: str) -> None:
    assert _rates(Schedule(name=name), [0]) == [0.1]


def test_an_epoch_is_one_pass_unless_told_otherwise() -> None:
    assert count_steps(17, TrainingRecipe(batch_size=8)) == 3
    assert count_steps(17, TrainingRecipe(batch_size=8, steps_per_epoch=50)) == 50
