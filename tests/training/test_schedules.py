"""Schedules of our own survive being saved; their values are in test_compiling.py."""

import keras

from crack_pipeline.training.schedules import RisingRate


def test_a_schedule_comes_back_from_its_configuration():
    schedule = RisingRate(0.1, warmup_steps=4, decay_steps=10, decay_rate=0.5)
    config = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(config)
    assert again.get_config() == schedule.get_config()
    assert [float(again(step)) for step in (2, 12)] == [float(schedule(step)) for step in (2, 12)]
