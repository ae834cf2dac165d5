"""Errors of lacking memory become one that says what to do; their words: test_memory.py."""

import re
from dataclasses import replace

import keras
import pytest
from tests.training.stores import write_line_store

from crack_pipeline.errors import TrainingError
from crack_pipeline.models.settings import SegmentationModel
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.out_of_memory import explain_out_of_memory
from crack_pipeline.training.recipe import FineTuning, TrainingRecipe
from crack_pipeline.training.requirements import require_trainable


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TileStore:
    return write_line_store(tmp_path_factory.mktemp("tiles") / "store")  # 10 train tiles


def _job(store: TileStore, **recipe: object) -> TrainingJob:
    return TrainingJob("segmentation", store, SegmentationModel(), TrainingRecipe(**recipe), None)


def _remedy(job: TrainingJob, multiple: int = 1, **options: bool) -> str:
    with pytest.raises(TrainingError) as raised, explain_out_of_memory(job, multiple, **options):
        raise MemoryError
    return raised.value.remedy


def _advised(remedy: str) -> dict[str, int]:
    found = re.findall(r"training\.segmentation\.(\w+)=(\d+)", remedy)
    return {name: int(value) for name, value in found}


def test_the_error_is_kept_as_the_cause(store):
    error = MemoryError()
    with (
        pytest.raises(TrainingError, match=r"training\.segmentation\.batch_size=8; Memory") as told,
        explain_out_of_memory(_job(store)),
    ):
        raise error
    assert told.value.__cause__ is error


@pytest.mark.parametrize(
    ("batch_size", "accumulation", "devices", "smaller", "steps"),
    [
        (8, 1, 1, 4, 2),
        (9, 2, 1, 3, 6),  # not 4, by which 18 tiles do not divide
        (9, 4, 1, 4, 9),
        (7, 1, 1, 1, 7),
        (24, 1, 8, 8, 3),
        (16, 1, 2, 8, 2),
        (12, 1, 4, 4, 3),
        (20, 1, 2, 10, 2),
        (18, 1, 2, 6, 3),
    ],
)
def test_steps_stay_of_the_same_size(store, batch_size, accumulation, devices, smaller, steps):
    job = _job(store, batch_size=batch_size, accumulation_steps=accumulation, epochs=20)
    remedy = _remedy(job, devices)
    assert _advised(remedy) == {"batch_size": smaller, "accumulation_steps": steps}
    assert f"a step is of {batch_size * accumulation} tiles" in remedy


def test_counted_batches_are_counted_anew(store):
    remedy = _remedy(_job(store, batch_size=9, accumulation_steps=2, steps_per_epoch=500))
    assert _advised(remedy) == {"batch_size": 3, "accumulation_steps": 6, "steps_per_epoch": 1500}
    remedy = _remedy(_job(store, batch_size=9, accumulation_steps=4, steps_per_epoch=333))
    assert _advised(remedy)["steps_per_epoch"] == 750  # 749.25 batches of 4 are as many tiles


@pytest.mark.parametrize("fine_tuning", [0, 1])
@pytest.mark.parametrize("steps_per_epoch", [None, 1, 3])
@pytest.mark.parametrize("batch_size", [2, 3, 8, 16, 36])
def test_what_is_advised_can_be_trained(store, batch_size, steps_per_epoch, fine_tuning):
    recipe = {"epochs": 2, "fine_tuning": FineTuning(epochs=fine_tuning)}
    job = _job(store, batch_size=batch_size, steps_per_epoch=steps_per_epoch, **recipe)
    require_trainable(job)
    advised = job.recipe.model_copy(update=_advised(_remedy(job)))
    require_trainable(replace(job, recipe=advised))


@pytest.mark.parametrize(("batch_size", "devices"), [(1, 1), (4, 4)])
def test_one_tile_a_device_asks_for_smaller_tiles(store, batch_size, devices):
    remedy = _remedy(_job(store, batch_size=batch_size), devices)
    assert remedy.startswith("Lower preprocessing.segmentation.tile_px, choose a smaller network")
    assert not _advised(remedy)


def test_mirrored_devices_are_not_told_to_accumulate(store):
    remedy = _remedy(_job(store, batch_size=18), 2, accumulates=False)
    assert remedy.startswith("Lower preprocessing.segmentation.tile_px, choose a smaller network")
    assert _advised(remedy) == {"batch_size": 8}
    assert "train otherwise" in remedy


def test_other_errors_pass(store):
    with pytest.raises(ValueError, match="shape"), explain_out_of_memory(_job(store)):
        raise ValueError("shape")


def test_the_backend_in_use_is_understood(store):
    told = r"training\.segmentation\.batch_size=4,"
    with pytest.raises(TrainingError, match=told), explain_out_of_memory(_job(store)):
        keras.ops.ones((2**31 - 1, 2**20), dtype="float32")  # 8 PiB
