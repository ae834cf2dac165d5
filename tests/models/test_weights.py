"""Weights from files and from ImageNet, and what is refused."""

from pathlib import Path

import keras
import numpy as np
import pytest

from crack_pipeline.errors import WeightsError
from crack_pipeline.models.builders import build_model
from crack_pipeline.models.settings import (
    ClassificationModel,
    CnnSettings,
    HairlineSettings,
    SegmentationModel,
    UnetSettings,
)

SIDE = 32
SMALL = UnetSettings(base_filters=4, depth=2)
FLAT = HairlineSettings(detail_filters=4, filters=(8, 8), blocks=(1,), context_dilations=(1,))


def _build(*, side_px: int = SIDE, side_outputs: bool = False, **changes: object) -> keras.Model:
    settings = SegmentationModel(**{"unet": SMALL, "hairline": FLAT, **changes})
    return build_model("segmentation", settings, input_px=side_px, side_outputs=side_outputs)


def _classify(path: Path | None, **changes: object) -> keras.Model:
    cnn = CnnSettings(**{"filters": (4, 8), "dense_units": 8, **changes})
    settings = ClassificationModel(cnn=cnn, weights=None if path is None else str(path))
    return build_model("classification", settings, input_px=SIDE)


def _write(model: keras.Model, path: Path) -> None:
    if path.suffix == ".keras":
        model.save(path)
    else:
        model.save_weights(path)


@pytest.fixture
def photos() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.fixture(params=["a.keras", "a.weights.h5"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.mark.parametrize("name", ["unet", "hairline"])
def test_a_file_gives_its_weights_also_to_a_network_with_side_outputs(name, photos, path):
    trained = _build(name=name)
    trained.set_weights([weight + 0.01 for weight in trained.get_weights()])
    _write(trained, path)
    expected = trained.predict_on_batch(photos)
    plain = _build(name=name, weights=str(path))
    np.testing.assert_allclose(plain.predict_on_batch(photos), expected, atol=1e-6)
    sided = _build(name=name, weights=str(path), side_outputs=True)
    np.testing.assert_allclose(sided.predict_on_batch(photos)[0], expected, atol=1e-6)


def test_a_file_of_another_tile_size_fits(photos, path):
    trained = build_model("classification", ClassificationModel(), input_px=64)
    _write(trained, path)
    model = build_model("classification", ClassificationModel(weights=str(path)), input_px=SIDE)
    for ours, theirs in zip(model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_file_written_while_training_fits(photos, tmp_path):
    trained = _classify(None)
    trained.compile("adam", "binary_crossentropy")
    trained.train_on_batch(photos, np.array([[0.0], [1.0]]))
    trained.save_weights(tmp_path / "a.weights.h5")
    model = _classify(tmp_path / "a.weights.h5")
    np.testing.assert_allclose(model.predict_on_batch(photos), trained.predict_on_batch(photos))


def test_a_classifier_is_refused_for_masks(path):
    _write(_classify(None), path)
    with pytest.raises(WeightsError, match=r"of a unet .*: a (cnn|network) of 14 arrays, wanted a"):
        _build(weights=str(path))


def test_other_widths_are_refused_with_both_shapes(path):
    _write(_build(), path)
    wider = UnetSettings(base_filters=8, depth=2)
    with pytest.raises(WeightsError) as refused:
        _build(unet=wider, weights=str(path))
    assert "a unet" in str(refused.value)
    assert "only in the file: 1 × 1 × 4 × 1" in str(refused.value)
    assert "only in the network: 1 × 1 × 8 × 1" in str(refused.value)


def test_a_deeper_network_is_refused_where_its_first_layers_would_fit(path):
    # pooled average and maximum of 8 filters are 16 features, with two blocks and with three
    _write(_classify(None, filters=(4, 8, 8)), path)
    with pytest.raises(WeightsError, match=r"of 19 arrays, wanted a cnn of 14; only in the file"):
        _classify(path)


@pytest.mark.parametrize("name", ["gone.keras", "gone.weights.h5"])
def test_a_missing_file_is_named(name, tmp_path):
    with pytest.raises(WeightsError, match=rf"{name}, where no file lies\. A path"):
        _build(weights=str(tmp_path / name))


def test_a_misspelt_imagenet_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=r"imagenett, where no file.*Did you mean imagenet\?"):
        _build(weights="imagenett")


@pytest.mark.parametrize("name", ["cut.keras", "cut.weights.h5", "notes.txt"])
def test_a_damaged_file_is_named(name, tmp_path):
    whole = tmp_path / "whole.weights.h5"
    _build().save_weights(whole)
    (tmp_path / name).write_bytes(whole.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=name):
        _build(weights=str(tmp_path / name))


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("segmentation", "mobilenetv2_unet"),
        ("segmentation", "deeplabv3plus"),
        ("classification", "mobilenetv2"),
        ("classification", "efficientnetv2b0"),
    ],
)
def test_imagenet_without_network_says_what_to_do(task, name, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("URL fetch failure on …/mobilenet_v2.h5: no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", fail)
    settings = SegmentationModel if task == "segmentation" else ClassificationModel
    monkeypatch.setenv("KERAS_HOME", "/mine/keras")
    told = r"mobilenet_v2\.h5.*into /mine/keras/models by hand.*weights: null.*drawn sample"
    with pytest.raises(WeightsError, match=told):
        build_model(task, settings(name=name, weights="imagenet"), input_px=SIDE)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scaling": "minus_one_one"}, "intensities"),
        ({"hairline": FLAT.model_copy(update={"context_dilations": (3,)})}, "dilation 3"),
    ],
)
def test_a_model_whose_arrays_fit_but_mean_something_else_is_refused(changes, told, tmp_path):
    path = tmp_path / "other.keras"
    _build(name="hairline", **changes).save(path)
    with pytest.raises(WeightsError, match=told):
        _build(name="hairline", weights=str(path))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_wrong_file_in_the_cache_of_imagenet_weights_is_not_blamed_on_the_tiles(
    monkeypatch, tmp_path
):
    wrong = tmp_path / "mobilenet_v2.weights.h5"
    _build().save_weights(wrong)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(wrong))
    settings = SegmentationModel(name="mobilenetv2_unet", weights="imagenet")
    with pytest.raises(WeightsError, match=r"Keras' cache.*ValueError"):
        build_model("segmentation", settings, input_px=SIDE)
