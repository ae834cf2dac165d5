import json

import numpy as np
import pytest
from tests.prediction.stand_ins import FunctionNetwork, bundle_of

from crack_pipeline.errors import ParameterError, ShapeError, StorageError
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import TilingSettings, predict_photo
from crack_pipeline.prediction.runtimes import digest_network
from crack_pipeline.storage import seal_record

MASKS = ModelInfo(task="segmentation", model="dark", tile_px=32, overlap_px=8, batch_size=4)
LABELS = ModelInfo(task="classification", model="dark", tile_px=32, batch_size=4)


def see_the_upper_half(batch: np.ndarray) -> np.ndarray:
    """Dark is crack, in the upper half of a tile twice as much as below: views differ."""
    dark = 1 - batch.mean(axis=-1).astype(np.float32) / 255
    dark[:, 16:] /= 2
    return dark


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)


def test_a_mask_is_made_under_the_views_of_its_threshold(photo):
    bundle = bundle_of(see_the_upper_half, MASKS)
    tiling = TilingSettings(32, 8, batch_size=4)
    plain = predict_photo(photo, see_the_upper_half, tiling)
    np.testing.assert_array_equal(bundle.predict_map(photo), plain)
    flipped = bundle.decided(Decision(threshold=0.4, views="flips"))
    expected = predict_photo(photo, see_the_upper_half, flipped.tiling)
    assert flipped.tiling == TilingSettings(32, 8, batch_size=4, views="flips")
    np.testing.assert_array_equal(flipped.predict_map(photo), expected)
    np.testing.assert_array_equal(flipped.predict_mask(photo), apply_threshold(expected, 0.4))
    assert (flipped.predict_mask(photo) != apply_threshold(plain, 0.4)).any()


def test_a_large_photo_is_kept_in_half_the_memory_and_marked_alike(photo, monkeypatch):
    made = bundle_of(see_the_upper_half, MASKS).decided(Decision(threshold=0.4, views="flips"))
    probability = made.predict_compact_map(photo)
    np.testing.assert_array_equal(probability, made.predict_map(photo))
    mask = made.predict_mask(photo)
    monkeypatch.setattr("crack_pipeline.prediction.bundle._COMPACT_FROM_PX", 50 * 70)
    levels = made.predict_compact_map(photo)
    assert levels.dtype == np.uint16
    np.testing.assert_allclose(levels / 65535, probability, atol=4 / 65535)
    near = np.abs(probability - 0.4) < 4 / 65535
    assert ((made.predict_mask(photo) == mask) | near).all()
    assert made.predict_map(photo).dtype == np.float32
    with pytest.raises(ParameterError, match="predict_labels"):
        bundle_of(see_the_upper_half, LABELS).predict_compact_map(photo)


def test_other_views_drop_the_threshold():
    bundle = bundle_of(see_the_upper_half, MASKS).decided(Decision(threshold=0.4, views="zooms"))
    assert (bundle.views, bundle.threshold, bundle.temperature) == ("zooms", 0.4, 1.0)
    trial = bundle.under("flips")
    assert trial.views == "flips"
    with pytest.raises(ParameterError, match="Run `kedro run --pipeline=evaluate`"):
        _ = trial.threshold


def test_a_threshold_without_views_predicts_nothing(photo):
    old = bundle_of(see_the_upper_half, MASKS).decided(Decision(threshold=0.4))
    for predict in (old.predict_map, old.predict_mask):
        with pytest.raises(ParameterError, match=r"views.*kedro run --pipeline=evaluate"):
            predict(photo)
    assert old.under("none").predict_map(photo).shape == (50, 70)
    labels = bundle_of(see_the_upper_half, LABELS).decided(Decision(threshold=0.4))
    with pytest.raises(ParameterError, match=r"views.*kedro run --pipeline=evaluate"):
        list(labels.predict_labels([photo]))


def test_labels_are_predicted_under_the_views(photo):
    bundle = bundle_of(lambda batch: see_the_upper_half(batch).mean(axis=(1, 2)), LABELS)
    (plain,) = bundle.predict_labels([photo])
    lopsided = bundle_of(lambda batch: see_the_upper_half(batch)[:, :16].mean(axis=(1, 2)), LABELS)
    (upper,), (both,) = (
        lopsided.under(views).predict_labels([photo]) for views in ("none", "flips")
    )
    assert 0 < plain < upper
    assert both != pytest.approx(upper, abs=1e-4)


def test_each_photo_gets_a_map_or_a_probability(photo):
    (probability,) = bundle_of(see_the_upper_half, MASKS).predict_each([photo])
    assert isinstance(probability, np.ndarray)
    labels = bundle_of(lambda batch: see_the_upper_half(batch).mean(axis=(1, 2)), LABELS)
    assert [type(value) for value in labels.predict_each([photo, photo])] == [float, float]


def test_a_network_of_another_output_is_refused(photo):
    with pytest.raises(ShapeError, match="one probability a pixel"):
        bundle_of(lambda batch: batch.mean(axis=(1, 2, 3)), MASKS).predict_map(photo)


@pytest.fixture
def folder(tmp_path):
    keras = pytest.importorskip("keras")
    inputs = keras.Input((None, None, 3))
    scaled = keras.layers.Rescaling(-1 / 255, 1)(inputs)
    outputs = keras.layers.Conv2D(
        1, 1, activation="sigmoid", kernel_initializer="ones", bias_initializer="zeros"
    )(scaled)
    keras.Model(inputs, outputs).save(tmp_path / "model.keras")
    (tmp_path / "model_info.json").write_text(MASKS.model_dump_json(), encoding="utf-8")
    decision = Decision(threshold=0.9, views="none", **MASKS.model_dump(include={"task", "model"}))
    (tmp_path / "decision.json").write_text(decision.model_dump_json(), encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_and_its_network_loaded_when_needed(folder, photo):
    bundle = ModelBundle.from_folder(folder)
    assert (bundle.threshold, bundle.info) == (0.9, MASKS)
    assert "loaded" not in vars(bundle.network)
    mask = bundle.predict_mask(photo)
    logits = 3 - photo.astype(np.float64).sum(axis=-1) / 255
    np.testing.assert_array_equal(mask, 1 / (1 + np.exp(-logits)) >= 0.9)
    assert bundle.keras_model.count_params() == 4


def test_a_folder_without_decision_gives_maps_and_no_masks(folder, photo):
    (folder / "decision.json").unlink()
    bundle = ModelBundle.from_folder(folder)
    assert bundle.predict_map(photo).shape == photo.shape[:2]
    with pytest.raises(ParameterError, match=r"without decision\.json"):
        bundle.predict_mask(photo)


def test_a_folder_without_model_is_refused(folder):
    (folder / "model_info.json").unlink()
    with pytest.raises(ParameterError, match=r"no model_info\.json.*--pipeline=train"):
        ModelBundle.from_folder(folder)


def test_files_of_two_models_are_refused(folder):
    content = json.loads((folder / "decision.json").read_text())
    (folder / "decision.json").write_text(json.dumps({**content, "run_id": "r2"}))
    with pytest.raises(ParameterError, match="run_id r2 evaluated, None trained"):
        ModelBundle.from_folder(folder)


def test_a_bundle_of_another_task_is_refused():
    content = {"task": "segmentation", "model": "unet", "tile_px": 32}
    network = FunctionNetwork(see_the_upper_half)
    assert ModelBundle.assemble(network, content).info.model == "unet"
    with pytest.raises(ParameterError, match="model trained for segmentation"):
        ModelBundle.assemble(network, content, task="classification")


@pytest.mark.parametrize(
    ("wrong", "received"),
    [
        (np.zeros((50, 70), np.uint8), r"uint8 array of shape \(50, 70\)"),
        (np.zeros((50, 70, 3), np.float32), "float32 array"),
        (np.full((50, 70, 3), 300), "int64 array"),
        ("photo.jpg", "str"),
    ],
)
def test_what_is_no_photo_is_refused(wrong, received):
    masks, labels = bundle_of(see_the_upper_half, MASKS), bundle_of(see_the_upper_half, LABELS)
    for predict in (masks.predict_map, lambda one: list(labels.predict_labels([one]))):
        with pytest.raises(ShapeError, match=f"integers from 0 to 255.*{received}"):
            predict(wrong)


def test_a_model_of_the_other_task_names_the_call_that_fits(photo):
    with pytest.raises(ParameterError, match=r"a classification model.*`predict_labels`"):
        bundle_of(see_the_upper_half, LABELS).predict_map(photo)
    with pytest.raises(ParameterError, match=r"a segmentation model.*`predict_mask`"):
        bundle_of(see_the_upper_half, MASKS).predict_labels([photo])


def test_a_network_of_other_weights_than_its_facts_say_is_refused(folder, photo):
    own = digest_network(ModelBundle.from_folder(folder).keras_model)
    facts = {**json.loads((folder / "model_info.json").read_text()), "weights_digest": own}
    (folder / "model_info.json").write_text(json.dumps(seal_record(facts)))
    bundle = ModelBundle.from_folder(folder)
    assert bundle.predict_map(photo).shape == photo.shape[:2]
    network = bundle.keras_model
    network.set_weights([weights + 1 for weights in network.get_weights()])
    network.save(folder / "model.keras")
    with pytest.raises(ParameterError, match="other weights"):
        ModelBundle.from_folder(folder).predict_map(photo)
    with pytest.raises(ParameterError, match="other weights"):
        ModelBundle.assemble(network, facts)


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 cut off"])
def test_a_damaged_network_is_one_error(folder, photo, content):
    (folder / "model.keras").write_bytes(content)
    with pytest.raises(StorageError, match="--pipeline=fit"):
        ModelBundle.from_folder(folder).predict_map(photo)


@pytest.mark.parametrize("name", ["model_info.json", "decision.json"])
@pytest.mark.parametrize("content", ["[]", "null", "", "[" * 100_000, '{"sealed": "9:0"}'])
def test_facts_of_another_shape_are_one_error(folder, name, content):
    (folder / name).write_text(content)
    with pytest.raises(StorageError, match=name):
        ModelBundle.from_folder(folder)


@pytest.mark.parametrize("threshold", ["x", None, -1, 1.5, float("nan"), [0.5]])
def test_a_threshold_that_is_no_probability_is_refused(folder, threshold):
    (folder / "decision.json").write_text(json.dumps({"threshold": threshold}))
    with pytest.raises(ParameterError, match="threshold"):
        ModelBundle.from_folder(folder)
