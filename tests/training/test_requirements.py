"""What is said before a training starts, rather than an hour later."""

import logging
import re
from dataclasses import replace

import keras
import pytest
from tests.training.stores import write_line_store

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.recipe import FineTuning, TrainingRecipe
from crack_pipeline.training.requirements import explain_out_of_memory, require_trainable


def _segmentation(store, **recipe) -> TrainingJob:
    return TrainingJob("segmentation", store, SegmentationModel(), TrainingRecipe(**recipe), None)


def _classification(store, **recipe) -> TrainingJob:
    recipe = {"loss": "binary_crossentropy", **recipe}
    return TrainingJob(
        "classification", store, ClassificationModel(), TrainingRecipe(**recipe), None
    )


def test_what_can_be_trained_passes_silently(tmp_path, caplog):
    masks = write_line_store(tmp_path / "masks")
    labels = write_line_store(
        tmp_path / "labels", train=(0, 1) * 4, validation=(0, 1), has_masks=False
    )
    require_trainable(_segmentation(masks))
    require_trainable(_classification(labels))
    assert not caplog.records


def test_train_masks_without_crack_are_refused(tmp_path):
    store = write_line_store(tmp_path / "store", train=(0,) * 8)
    with pytest.raises(TrainingError, match=r"8 train tiles, none of them with crack.*masks"):
        require_trainable(_segmentation(store))


def test_validation_masks_without_crack_are_told(tmp_path, caplog):
    store = write_line_store(tmp_path / "store", validation=(0,) * 3)
    with caplog.at_level(logging.WARNING):
        require_trainable(_segmentation(store))
    assert "None of 3 validation tiles" in caplog.text


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"train": (1,) * 4, "validation": (0, 1)}, "4 of 4 train photos"),
        ({"train": (0,) * 4, "validation": (0, 1)}, "0 of 4 train photos"),
        ({"train": (0, 1), "validation": (1,) * 3}, "3 of 3 validation photos"),
    ],
)
def test_labels_of_one_class_are_refused(tmp_path, labels, told):
    store = write_line_store(tmp_path / "store", has_masks=False, **labels)
    with pytest.raises(TrainingError, match=f"{told}.*Add photos"):
        require_trainable(_classification(store))


def test_a_part_without_tiles_is_refused(tmp_path):
    store = write_line_store(tmp_path / "store", validation=())
    with pytest.raises(TrainingError, match="no validation tile"):
        require_trainable(_segmentation(store))


def test_a_batch_larger_than_the_tiles_is_told(tmp_path, caplog):
    store = write_line_store(tmp_path / "store", train=(1,) * 3)
    with caplog.at_level(logging.WARNING):
        require_trainable(_segmentation(store, batch_size=8))
    assert "training.segmentation.batch_size=8 is more than the 3 train tiles" in caplog.text


@pytest.mark.parametrize("fine_tuning", [0, 1])
def test_accumulation_beyond_a_stage_is_refused(tmp_path, fine_tuning):
    store = write_line_store(tmp_path / "store")  # 10 tiles: 5 batches of 2
    recipe = {"batch_size": 2, "epochs": 2, "fine_tuning": FineTuning(epochs=fine_tuning)}
    require_trainable(_segmentation(store, accumulation_steps=5, **recipe))
    with pytest.raises(ParameterError, match=r"accumulation_steps.*Received: 11, with 5 batches"):
        require_trainable(_segmentation(store, accumulation_steps=11, **recipe))
    if fine_tuning:
        with pytest.raises(ParameterError, match="Set it to 5 or less"):
            require_trainable(_segmentation(store, accumulation_steps=6, **recipe))


def test_accumulation_on_mirrored_devices_is_refused(tmp_path):
    job = _segmentation(write_line_store(tmp_path / "store"), batch_size=2, accumulation_steps=3)
    require_trainable(job, DistributionSettings(strategy="data_parallel"))
    mirrored = DistributionSettings(strategy="mirrored")
    with pytest.raises(ParameterError, match=r"accumulation_steps=3.*batch_size=6.*data_parallel"):
        require_trainable(job, mirrored)
    require_trainable(_segmentation(job.store), mirrored)


def test_a_loss_of_shapes_is_refused_for_labels(tmp_path):
    store = write_line_store(tmp_path / "store", train=(0, 1), validation=(0, 1), has_masks=False)
    with pytest.raises(ParameterError, match="soft_cldice compares skeletons"):
        require_trainable(_classification(store, loss="soft_cldice"))
    tuned = FineTuning(epochs=1, loss="soft_cldice")
    with pytest.raises(ParameterError, match="soft_cldice compares skeletons"):
        require_trainable(_classification(store, fine_tuning=tuned))


def test_a_classifier_that_would_see_crack_alone_is_refused(tmp_path):
    store = write_line_store(
        tmp_path / "labels", train=(0, 1) * 4, validation=(0, 1), has_masks=False
    )
    with pytest.raises(ParameterError, match=r"crack_free_share: 0.*above 0"):
        require_trainable(_classification(store, crack_free_share=0.0))


def test_a_pool_that_does_not_divide_the_tile_is_refused(tmp_path):
    store = write_line_store(tmp_path / "store")
    settings = {"soft_cldice": {"downsample": 7}}
    with pytest.raises(ParameterError, match=r"7 with preprocessing\.segmentation\.tile_px="):
        require_trainable(_segmentation(store, loss="soft_cldice", loss_settings=settings))
    require_trainable(_segmentation(store, loss="dice", loss_settings=settings))


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
