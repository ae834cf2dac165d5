"""The key of a training: equal for equal jobs, another one for whatever decides the result."""

from dataclasses import replace

import pytest
from tests.training.stores import write_line_store

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.models.settings import SegmentationModel
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.recipe import TrainingRecipe


@pytest.fixture
def job(tmp_path) -> TrainingJob:
    store = write_line_store(tmp_path / "store")
    return TrainingJob(
        "segmentation", store, SegmentationModel(), TrainingRecipe(), AugmentationPolicy()
    )


def test_equal_jobs_have_one_key(job):
    assert replace(job, recipe=TrainingRecipe()).key() == job.key()


def test_data_parameters_code_and_backend_are_in_it(job, monkeypatch):
    others = [
        replace(job, recipe=TrainingRecipe(ema_momentum=0.5)),
        replace(job, recipe=TrainingRecipe(loss_settings={"dice": {"smooth": 2.0}})),
        replace(job, model=SegmentationModel(scaling="minus_one_one")),
        replace(job, store=replace(job.store, key="other tiles")),
        replace(job, policy=None),
    ]
    keys = {job.key(), *(other.key() for other in others)}
    monkeypatch.setattr("crack_pipeline.training.job.backend_name", lambda: "other")
    keys.add(job.key())
    monkeypatch.setattr("crack_pipeline.training.job.digest_code", lambda *_: "other")
    keys.add(job.key())
    assert len(keys) == len(others) + 3


def test_an_epoch_is_one_pass_unless_told_otherwise(job):
    assert replace(job, recipe=TrainingRecipe(batch_size=4)).steps_per_epoch == 3  # of 10 tiles
    assert replace(job, recipe=TrainingRecipe(steps_per_epoch=50)).steps_per_epoch == 50
