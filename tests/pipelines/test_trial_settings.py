import pytest
from pydantic import ValidationError

from crack_pipeline.models.settings import SegmentationModel, UnetSettings
from crack_pipeline.pipelines.params import (
    AugmentationParams,
    EvaluationParams,
    ModelParams,
    PreprocessingParams,
    TrainingParams,
)
from crack_pipeline.pipelines.trial_settings import SingleTraining, TrialChanges, TrialsByTask


def _make(task, changes, tmp_path, *, enabled=True):
    gathered = SingleTraining(
        task=task,
        dataset="lines",
        preprocessing=PreprocessingParams(store_path=tmp_path),
        augmentation=AugmentationParams(enabled=enabled),
        model=ModelParams(),
        training=TrainingParams(unfinished_path=tmp_path, log_path=tmp_path),
        evaluation=EvaluationParams(),
    )
    return gathered.trial_settings(changes)


def test_what_is_null_stays_as_a_single_training_has_it(tmp_path):
    settings = _make("segmentation", TrialChanges(), tmp_path)
    assert settings.model == SegmentationModel()
    training = TrainingParams(unfinished_path=tmp_path, log_path=tmp_path).for_task("segmentation")
    assert settings.recipe == training.model_copy(update={"tensorboard": False})
    assert settings.policy is not None


def test_what_is_given_is_changed(tmp_path):
    model = SegmentationModel(unet=UnetSettings(base_filters=4))
    changes = TrialChanges(epochs=3, learning_rate=0.5, ema_momentum=0.9, model=model)
    settings = _make("segmentation", changes, tmp_path, enabled=False)
    assert (settings.recipe.epochs, settings.recipe.learning_rate) == (3, 0.5)
    assert (settings.recipe.batch_size, settings.recipe.ema_momentum) == (8, 0.9)
    assert settings.model == model
    assert settings.policy is None


def test_each_task_has_its_own_blocks(tmp_path):
    settings = _make("classification", TrialChanges(batch_size=2), tmp_path)
    assert settings.model.name == "cnn"
    assert settings.recipe.batch_size == 2
    assert not hasattr(settings.tiles, "overlap_px")


def test_misspelt_changes_are_refused():
    with pytest.raises(ValidationError, match="epoch"):
        TrialChanges(epoch=3)


def test_another_network_is_one_of_the_task():
    changes = {"segmentation": {"model": {"name": "enet"}}}
    assert TrialsByTask.model_validate(changes).for_task("segmentation").model.name == "enet"
    with pytest.raises(ValidationError, match="enet"):
        TrialsByTask.model_validate({"classification": {"model": {"name": "enet"}}})
