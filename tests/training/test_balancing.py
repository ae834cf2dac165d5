"""The weight of crack, counted by hand: 3 of 16 columns of a cracked tile are crack."""

import pytest
from tests.training.stores import write_line_store

from crack_pipeline.errors import TrainingError
from crack_pipeline.models.settings import ClassificationModel, SegmentationModel
from crack_pipeline.training.fitting import balance_classes, crack_share
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.recipe import TrainingRecipe


def _weight(job: TrainingJob) -> float:
    return balance_classes(job).recipe.loss_settings.binary_crossentropy.positive_weight


def _job(store, task="segmentation", **recipe) -> TrainingJob:
    model = SegmentationModel() if task == "segmentation" else ClassificationModel()
    return TrainingJob(task, store, model, TrainingRecipe(**recipe), None)


def test_pixels_of_the_train_masks_decide_in_segmentation(tmp_path):
    store = write_line_store(tmp_path / "store", train=(1, 0, 0, 0), validation=(1, 1))
    assert crack_share(store) == pytest.approx(3 / 64)
    assert _weight(_job(store, class_weights="balanced")) == pytest.approx(61 / 3)
    assert _weight(_job(store)) == 1.0


def test_photos_decide_in_classification(tmp_path):
    store = write_line_store(
        tmp_path / "store", train=(1, 0, 0, 0), validation=(1, 0), has_masks=False
    )
    job = _job(store, "classification", loss="binary_crossentropy", class_weights="balanced")
    assert _weight(job) == pytest.approx(3)


def test_what_is_drawn_counts_not_what_is_there(tmp_path):
    store = write_line_store(tmp_path / "masks", train=(1, 0, 0, 0))
    assert crack_share(store, crack_free_share=0.5) == pytest.approx(3 / 32)
    labels = write_line_store(tmp_path / "labels", train=(1, 0, 0, 0), has_masks=False)
    recipe = {"loss": "focal + binary_crossentropy", "class_weights": "balanced"}
    job = _job(labels, "classification", crack_free_share=0.5, **recipe)
    assert _weight(job) == pytest.approx(1)  # drawn alike already


@pytest.mark.parametrize(("label", "share"), [(0, "0"), (1, "1")])
def test_one_class_cannot_be_balanced(tmp_path, label, share):
    store = write_line_store(tmp_path / "store", train=(label,) * 3, has_masks=False)
    job = _job(store, "classification", loss="binary_crossentropy", class_weights="balanced")
    with pytest.raises(TrainingError, match=f"a crack share of {share}.*class_weights: none"):
        balance_classes(job)
