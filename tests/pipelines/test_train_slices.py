"""Slices of the chain on an in-memory catalog: what a stage gets and gives."""

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure

from crack_pipeline.errors import StorageError
from crack_pipeline.pipelines import augment, fit, preprocess
from crack_pipeline.pipelines.fit.nodes import fit_model
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)


class KeptDataset(MemoryDataset):
    """Stays after its last use, so that a test can look at it."""

    def _release(self):
        return None


TINY_MODEL = {"unet": {"base_filters": 2, "depth": 2}}
TINY_RECIPE = {"epochs": 2, "steps_per_epoch": 2, "batch_size": 2, "tensorboard": True}


@pytest.fixture
def catalog(line_manifest, tmp_path):
    inputs = {
        "manifest": line_manifest,
        "params:task": "segmentation",
        "params:dataset": "lines",
        "params:preprocessing": PreprocessingParams(
            store_path=tmp_path / "stores", segmentation={"tile_px": 32, "overlap_px": 8}
        ),
        "params:augmentation": AugmentationParams(),
        "params:model": ModelParams(segmentation=TINY_MODEL),
        "params:training": TrainingParams(
            unfinished_path=tmp_path / "unfinished",
            log_path=tmp_path / "logs",
            segmentation=TINY_RECIPE,
        ),
    }
    return DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in inputs.items()}
    )


def _run(catalog, *stages):
    pipeline = sum((stage.create_pipeline() for stage in stages[1:]), stages[0].create_pipeline())
    outputs = pipeline.all_outputs()
    for name in outputs:
        catalog[name] = KeptDataset(copy_mode="assign")
    SequentialRunner().run(pipeline, catalog)
    return {name: catalog.load(name) for name in outputs}


def test_preprocess_and_augment_give_handle_plan_and_sheets(catalog):
    outputs = _run(catalog, preprocess, augment)
    assert outputs["tile_store"]["n_tiles"] == {"train": 24, "validation": 24}
    assert outputs["tile_store"]["overlap_px"] == 8
    assert outputs["augmentation_plan"]["tile_store_key"] == outputs["tile_store"]["key"]
    assert isinstance(outputs["tile_sheet"], Figure)
    assert isinstance(outputs["augmentation_sheet"], Figure)


def test_a_plan_that_was_made_for_other_tiles_is_refused(catalog):
    plan = {"tile_store_key": "0" * 64, "enabled": False, "policy": {}}
    models, training = catalog["params:model"].load(), catalog["params:training"].load()
    with pytest.raises(StorageError, match="--pipeline=augment"):
        fit_model({"key": "1" * 64, "path": "tiles"}, plan, "segmentation", models, training)


def test_fit_gives_a_model_that_its_info_describes(catalog, tmp_path):
    outputs = _run(catalog, preprocess, augment, fit)
    info = outputs["model_info"]
    assert info["n_parameters"] == outputs["model"].count_params()
    assert (info["tile_px"], info["overlap_px"], info["equalization"]) == (32, 8, "none")
    assert info["backend"] == "tensorflow"
    assert info["starting_weights"] is None
    assert len(outputs["training_history"]) == 2
    assert isinstance(outputs["learning_curve"], Figure)
    assert not list((tmp_path / "unfinished").glob("*")), "a saved training is closed"
    (log,) = (tmp_path / "logs").glob("*")
    assert (log / "training_log.csv").read_text().startswith("epoch,stage,learning_rate")
    assert list(log.glob("tensorboard/**/*tfevents*"))
