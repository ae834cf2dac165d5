"""A small training on tiles whose cracks are easy: it learns, stops, and goes on bit for bit."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from tests.training.stores import write_line_store

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.errors import ParameterError
from crack_pipeline.models.settings import (
    ClassificationModel,
    CnnSettings,
    SegmentationModel,
    UnetSettings,
)
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training import fitting
from crack_pipeline.training.batches import ValidationBatches
from crack_pipeline.training.checkpoint_folders import close_training
from crack_pipeline.training.compiling import PooledF1
from crack_pipeline.training.fitting import (
    TrainedModel,
    build_supervised,
    final_part,
    train_model,
)
from crack_pipeline.training.job import TrainingJob
from crack_pipeline.training.recipe import FineTuning, Schedule, TrainingRecipe


class StopHereError(Exception):
    """Stands for a kill right after an epoch's state was written."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TileStore:
    return write_line_store(tmp_path_factory.mktemp("tiles") / "store", tile_px=32)


def _job(store: TileStore, **changes: object) -> TrainingJob:
    recipe = TrainingRecipe(
        epochs=3,
        batch_size=4,
        learning_rate=0.01,
        schedule=Schedule(name="plateau", patience_epochs=1),
        early_stopping_epochs=5,
        fine_tuning=FineTuning(epochs=2, learning_rate=0.001),
        tensorboard=False,
    ).model_copy(update=changes)
    model = SegmentationModel(unet=UnetSettings(base_filters=2, depth=2, dropout=0.3))
    return TrainingJob("segmentation", store, model, recipe, AugmentationPolicy())


def _ignore(entry: dict[str, float], epoch: int) -> None:
    return None


def _weights(result: object) -> list[np.ndarray]:
    return [np.asarray(w) for w in result.model.get_weights()]  # type: ignore[attr-defined]


def _without_seconds(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{k: v for k, v in entry.items() if not k.startswith("seconds")} for entry in history]


@pytest.fixture(scope="module")
def whole(store: TileStore, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    folder = tmp_path_factory.mktemp("whole")
    return train_model(_job(store), folder / "a", log_root=folder / "l", report_epoch=_ignore)


def test_a_training_that_was_stopped_ends_like_one_that_was_not(store, tmp_path, whole):
    stop_after = 3  # the last epoch of its stage; others are in test_interruptions.py
    job = _job(store)

    def stop(entry: dict[str, float], epoch: int) -> None:
        if epoch == stop_after:
            raise StopHereError

    with pytest.raises(StopHereError):
        train_model(job, tmp_path / "b", log_root=tmp_path / "lb", report_epoch=stop)
    reported: list[int] = []
    resumed = train_model(
        job,
        tmp_path / "b",
        log_root=tmp_path / "lb",
        report_epoch=lambda entry, epoch: reported.append(epoch),
    )

    assert resumed.resumed_at == stop_after
    assert reported == [1, 2, 3, 4, 5]
    assert _without_seconds(resumed.progress.history) == _without_seconds(whole.progress.history)
    for mine, theirs in zip(_weights(resumed), _weights(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.slow
def test_a_damaged_file_of_the_best_weights_changes_nothing(store, tmp_path):
    job = _job(store, epochs=1, fine_tuning=FineTuning(epochs=1, learning_rate=1e-9))

    def damage(entry: dict[str, float], epoch: int) -> None:
        (path,) = (tmp_path / "b").glob("*/best_00001.npz")
        path.write_bytes(b"over")
        raise StopHereError

    whole = train_model(job, tmp_path / "a", log_root=tmp_path / "la", report_epoch=_ignore)
    with pytest.raises(StopHereError):
        train_model(job, tmp_path / "b", log_root=tmp_path / "lb", report_epoch=damage)
    # fine-tuning begins with the weights in the damaged file
    resumed = train_model(job, tmp_path / "b", log_root=tmp_path / "lb", report_epoch=_ignore)
    assert resumed.resumed_at == 1
    assert _without_seconds(resumed.progress.history) == _without_seconds(whole.progress.history)
    for mine, theirs in zip(_weights(resumed), _weights(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_training_learns(store, tmp_path):
    job = _job(store, epochs=4, steps_per_epoch=12, fine_tuning=FineTuning(epochs=0))
    job = replace(job, policy=None)
    result = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    history = result.progress.history
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]
    assert result.progress.best_value == max(entry["val_f1"] for entry in history)


def test_threads_that_feed_a_device_change_nothing(store, tmp_path, whole, monkeypatch):
    assert fitting.feeding_threads() == 1, "the other one was fed by one thread"
    monkeypatch.setattr(fitting, "feeding_threads", lambda: 4)
    fed = train_model(_job(store), tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    assert _without_seconds(fed.progress.history) == _without_seconds(whole.progress.history)
    for one, other in zip(_weights(fed), _weights(whole), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_closed_training_starts_anew(store, tmp_path):
    job = _job(store, epochs=1, fine_tuning=FineTuning(epochs=0))
    first = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    close_training(first.unfinished_folder)
    again = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    assert again.resumed_at == 0
    assert again.progress.training_id != first.progress.training_id


def test_an_error_of_the_callers_own_is_not_blamed_on_the_checkpoints(store, tmp_path):
    def fail(entry: dict[str, float], epoch: int) -> None:
        raise OSError("the tracking file is gone")

    job = _job(store, epochs=1, steps_per_epoch=1, fine_tuning=FineTuning(epochs=0))
    with pytest.raises(OSError, match=r"^the tracking file is gone$"):
        train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=fail)


def test_another_recipe_does_not_go_on_with_this_ones_checkpoint(store, tmp_path):
    def stop(entry: dict[str, float], epoch: int) -> None:
        raise StopHereError

    with pytest.raises(StopHereError):
        train_model(_job(store), tmp_path / "a", log_root=tmp_path / "l", report_epoch=stop)
    other = _job(store, seed=1, epochs=1, fine_tuning=FineTuning(epochs=0))
    result = train_model(other, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    assert result.resumed_at == 0


def test_what_is_kept_is_what_was_validated(tmp_path):
    # Every second tile shows no crack; the average lags far behind the weights.
    store = write_line_store(
        tmp_path / "store", train=(1, 0) * 6, validation=(1, 0, 1, 0), tile_px=32
    )
    job = _job(
        store,
        loss="binary_crossentropy + skeleton_recall",
        epochs=3,
        ema_momentum=0.9,
        side_weight=0.3,
        crack_free_share=0.25,
        fine_tuning=FineTuning(epochs=1, learning_rate=0.003, loss="bce_dice"),
    )
    result = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    assert result.progress.best_value == max(e["val_f1"] for e in result.progress.history)
    assert len(result.progress.history) == 4
    assert result.model.output_shape[-1] == 1
    f1 = PooledF1()
    batches = ValidationBatches(store, batch_size=4)
    for index in range(batches.num_batches):
        tiles, masks = batches[index]
        f1.update_state(masks, result.model(tiles))
    assert float(f1.result()) == pytest.approx(result.progress.best_value, abs=1e-6)


def test_a_network_trained_in_half_precision_predicts_in_float32(store, tmp_path):
    changes = {"precision": "mixed_bfloat16", "fine_tuning": FineTuning(epochs=0)}
    job = _job(store, epochs=1, **changes)
    result = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    assert {layer.compute_dtype for layer in result.model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    result.model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_array_equal(again(store.tiles[:2]), result.model(store.tiles[:2]))


def test_a_classification_with_balanced_classes_learns(tmp_path):
    store = write_line_store(
        tmp_path / "store",
        train=(1, 0, 0, 0) * 4,
        validation=(1, 0, 0, 0),
        tile_px=32,
        has_masks=False,
    )
    recipe = TrainingRecipe(
        loss="binary_crossentropy",
        class_weights="balanced",
        label_smoothing=0.1,
        epochs=2,
        batch_size=8,
        tensorboard=False,
    )
    network = ClassificationModel(cnn=CnnSettings())
    job = TrainingJob("classification", store, network, recipe, None)
    result = train_model(job, tmp_path / "a", log_root=tmp_path / "l", report_epoch=_ignore)
    first, second = result.progress.history
    assert second["loss"] < first["loss"]


SETTINGS = SegmentationModel(unet=UnetSettings(base_filters=2, depth=2, dropout=0.0))
TILES = np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3)).astype("uint8")


def test_side_outputs_stand_behind_the_final_one():
    recipe = TrainingRecipe(side_weight=0.5)
    supervised = build_supervised("segmentation", SETTINGS, recipe, input_px=16)
    everything = np.asarray(supervised(TILES))
    assert everything.shape[:3] == (2, 16, 16)
    assert everything.shape[3] >= 2
    kept = final_part(supervised, recipe)
    np.testing.assert_allclose(kept(TILES), everything[..., :1], rtol=1e-6)
    assert kept.output_shape[-1] == 1
    assert kept.count_params() < supervised.count_params()
    plain = build_supervised("segmentation", SETTINGS, TrainingRecipe(), input_px=16)
    assert kept.count_params() == plain.count_params()


def test_without_side_outputs_the_whole_network_is_kept():
    recipe = TrainingRecipe(side_weight=0.0)
    supervised = build_supervised("segmentation", SETTINGS, recipe, input_px=16)
    assert supervised.output_shape[-1] == 1
    assert final_part(supervised, recipe) is supervised


def test_a_network_without_them_is_refused():
    settings = ClassificationModel(cnn=CnnSettings())
    with pytest.raises(ParameterError, match=r"training\.classification\.side_weight"):
        build_supervised("classification", settings, TrainingRecipe(side_weight=0.5), input_px=64)
