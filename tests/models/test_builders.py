"""One contract that every network passes."""

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, WeightsError
from crack_pipeline.models.builders import (
    BUILDERS,
    architecture_of,
    build_model,
    without_side_outputs,
)
from crack_pipeline.models.settings import (
    ClassificationModel,
    ClassificationName,
    CnnSettings,
    DeepcrackSettings,
    Deeplabv3plusSettings,
    EfficientNetV2B0Settings,
    EnetSettings,
    HairlineSettings,
    MobileNetV2Settings,
    MobileNetV2UnetSettings,
    SegmentationModel,
    SegmentationName,
    UnetSettings,
)
from crack_pipeline.training.fitting import unfreeze_layers

SIDE = 64
MODELS_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "models.md"


def _settings(name: str, **changes: object) -> SegmentationModel | ClassificationModel:
    if BUILDERS[name].task == "segmentation":
        return SegmentationModel(
            name=name,
            unet=UnetSettings(base_filters=4, depth=3),
            mobilenetv2_unet=MobileNetV2UnetSettings(alpha=0.35, decoder_filters=(16, 12, 8, 8, 8)),
            enet=EnetSettings(filters=(8, 16, 16), dropout=0),
            deeplabv3plus=Deeplabv3plusSettings(alpha=0.35, filters=16, atrous_rates=(1, 2)),
            deepcrack=DeepcrackSettings(base_filters=4),
            hairline=HairlineSettings(detail_filters=4, filters=(8, 8, 12), blocks=(1, 1)),
            **changes,
        )
    return ClassificationModel(
        name=name,
        cnn=CnnSettings(filters=(8, 16), dropout=0),
        mobilenetv2=MobileNetV2Settings(alpha=0.35),
        **changes,
    )


def _build(name: str, **changes: object) -> keras.Model:
    return build_model(BUILDERS[name].task, _settings(name, **changes), input_px=SIDE)


@pytest.fixture(params=sorted(BUILDERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def photos() -> np.ndarray:
    photos = np.random.default_rng(0).integers(100, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)
    photos[1::2, 20:30] //= 4
    return photos


def _targets(name: str) -> np.ndarray:
    if BUILDERS[name].task == "classification":
        return np.array([[0], [1], [0], [1]], np.float32)
    targets = np.zeros((4, SIDE, SIDE, 1), np.float32)
    targets[:, 20:30] = 1
    return targets


def _call(model: keras.Model, photos: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(photos, training=False))


def test_every_network_keeps_the_contract(name, photos, tmp_path):
    keras.utils.set_random_seed(0)
    model = _build(name)

    # bytes in, one probability a pixel or a photo out
    predicted = model.predict_on_batch(photos)
    assert predicted.shape == _targets(name).shape
    assert predicted.dtype == np.float32
    assert predicted.min() >= 0
    assert predicted.max() <= 1

    # intensities are scaled inside: floats of the same value give the same
    np.testing.assert_allclose(predicted, _call(model, photos.astype(np.float32)), atol=1e-5)

    # a saved model comes back as it was
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(predicted, _call(again, photos), atol=1e-5)
    assert keras.Model.from_config(model.get_config()).count_params() == model.count_params()

    # a few steps on one batch lower its loss; a graph of them would take longer to make
    model.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy", run_eagerly=True)
    losses = [float(model.train_on_batch(photos, _targets(name))) for _ in range(4)]
    assert losses[-1] < losses[0]


SIDED = sorted(name for name, entry in BUILDERS.items() if "side_outputs" in entry.takes)


@pytest.mark.parametrize("sided", SIDED)
def test_side_outputs_have_full_resolution_and_share_the_weights(sided, photos):
    model = build_model("segmentation", _settings(sided), input_px=SIDE, side_outputs=True)
    outputs = model.predict_on_batch(photos)
    assert len(outputs) >= 2
    assert {output.shape for output in outputs} == {(4, SIDE, SIDE, 1)}
    final = without_side_outputs(model)
    np.testing.assert_allclose(final.predict_on_batch(photos), outputs[0], atol=1e-6)
    assert final.count_params() == _build(sided).count_params()


def test_side_outputs_of_a_network_without_are_refused():
    with pytest.raises(ParameterError, match=r"enet.*side_weight: 0, or choose unet"):
        build_model("segmentation", _settings("enet"), input_px=SIDE, side_outputs=True)


def test_mixed_precision_keeps_weights_and_output_in_float32(name, photos):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = _build(name)
    finally:
        keras.config.set_dtype_policy(before)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert _call(model, photos).dtype == np.float32


def test_documented_numbers_of_parameters_are_those_of_the_defaults():
    rows = [line.split("|") for line in MODELS_PAGE.read_text(encoding="utf-8").splitlines()]
    documented = {
        row[1].strip().strip("`"): int(row[4].replace(" ", "").replace("\u2009", ""))
        for row in rows
        if len(row) > 5 and row[1].strip().strip("`") in BUILDERS
    }
    assert set(documented) == set(BUILDERS)
    for name, count in documented.items():
        task = BUILDERS[name].task
        settings = SegmentationModel if task == "segmentation" else ClassificationModel
        assert build_model(task, settings(name=name), input_px=64).count_params() == count


def test_unknown_name_gets_the_nearest():
    with pytest.raises(ParameterError, match=r"'unett'.*[Dd]id you mean unet"):
        architecture_of("segmentation", "unett")


def test_a_classifier_does_not_segment():
    with pytest.raises(ParameterError, match="Known: unet, mobilenetv2_unet, enet"):
        architecture_of("segmentation", "cnn")


def test_parameters_accept_exactly_the_networks_that_can_be_built():
    named = {
        "segmentation": get_args(SegmentationName),
        "classification": get_args(ClassificationName),
    }
    for task, names in named.items():
        assert set(names) == {name for name, entry in BUILDERS.items() if entry.task == task}


def test_input_that_the_depth_does_not_divide_is_refused():
    settings = SegmentationModel(unet=UnetSettings(depth=5))
    with pytest.raises(ParameterError, match="divisible"):
        build_model("segmentation", settings, input_px=48)


def test_imagenet_for_a_network_without_encoder_is_refused():
    with pytest.raises(WeightsError, match="or choose one of mobilenetv2_unet"):
        _build("unet", weights="imagenet")


@pytest.mark.parametrize(
    ("encoder", "scaling"),
    [
        ("mobilenetv2", "minus_one_one"),
        ("deeplabv3plus", "minus_one_one"),
        ("efficientnetv2b0", "imagenet_standard"),
    ],
)
def test_imagenet_needs_its_own_scaling(encoder, scaling):
    with pytest.raises(ParameterError, match=f"learnt with scaling {scaling}"):
        _build(encoder, weights="imagenet", scaling="zero_one")


def test_cnn_has_as_many_convolutions_of_the_size_as_asked():
    cnn = CnnSettings(filters=(4, 8, 8), kernel_px=5, convolutions=2)
    model = build_model("classification", ClassificationModel(cnn=cnn), input_px=SIDE)
    kernels = [layer.kernel.shape for layer in model.layers if layer.name.endswith("_conv")]
    assert [tuple(kernel) for kernel in kernels] == [
        (5, 5, 3, 4),
        (5, 5, 4, 4),
        (5, 5, 4, 8),
        (5, 5, 8, 8),
        (5, 5, 8, 8),
        (5, 5, 8, 8),
    ]


def test_deepcrack_has_the_width_of_the_paper():
    # VGG16's thirteen convolutions without their biases, 14 710 464 weights; 4 numbers of batch
    # normalisation for each of 4224 filters; five side outputs of 1472 weights and five biases;
    # six numbers that fuse them.
    full = SegmentationModel(name="deepcrack", deepcrack=DeepcrackSettings(base_filters=64))
    model = build_model("segmentation", full, input_px=SIDE)
    assert model.count_params() == 14_710_464 + 4 * 4224 + 1472 + 5 + 6


@pytest.mark.parametrize("extractor", ["mobilenetv2", "efficientnetv2b0"])
def test_frozen_extractor_learns_only_its_head(extractor):
    settings = ClassificationModel(
        name=extractor,
        mobilenetv2=MobileNetV2Settings(alpha=0.35, freeze_extractor=True),
        efficientnetv2b0=EfficientNetV2B0Settings(freeze_extractor=True),
    )
    model = build_model("classification", settings, input_px=SIDE)
    assert len(model.trainable_weights) == 4
    unfreeze_layers(model)
    assert len(model.trainable_weights) > 100
