"""Each method runs on each network, and what it gives is a heat map."""

import keras
import numpy as np
import pytest

from crack_pipeline.explain.gradients import LogitGradients
from crack_pipeline.explain.layers import (
    choose_layer,
    list_blocks,
    list_feature_layers,
    randomize_weights,
    read_activations,
    read_filters,
)
from crack_pipeline.explain.methods import apply_method
from crack_pipeline.explain.settings import (
    ALL_METHODS,
    ExplanationSettings,
    IntegratedGradientsSettings,
    OcclusionSettings,
    SmoothgradSettings,
)
from crack_pipeline.models.builders import BUILDERS, build_model
from crack_pipeline.models.settings import (
    ClassificationModel,
    CnnSettings,
    DeepcrackSettings,
    Deeplabv3plusSettings,
    EnetSettings,
    HairlineSettings,
    MobileNetV2Settings,
    MobileNetV2UnetSettings,
    SegmentationModel,
    UnetSettings,
)

SIDE = 64
SETTINGS = ExplanationSettings(
    smoothgrad=SmoothgradSettings(samples=3),
    integrated_gradients=IntegratedGradientsSettings(steps=3, most_steps=3),
    occlusion=OcclusionSettings(patch_px=32, stride_px=32),
    batch_size=3,
)
LAYERS = {
    "unet": "up0_b_relu",
    "mobilenetv2_unet": "up4_b_relu",
    "enet": "up3",
    "deeplabv3plus": "decoder1_relu",
    "deepcrack": "depth4_2_relu",
    "hairline": "final_relu",
    "cnn": "block1_0_relu",
    "mobilenetv2": "out_relu",
    "efficientnetv2b0": "top_activation",
}
_SLOW = ("enet", "efficientnetv2b0", "mobilenetv2", "mobilenetv2_unet", "deeplabv3plus")


def build(name: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    task = BUILDERS[name].task
    if task == "segmentation":
        settings: SegmentationModel | ClassificationModel = SegmentationModel(
            name=name,
            unet=UnetSettings(base_filters=4, depth=2),
            mobilenetv2_unet=MobileNetV2UnetSettings(alpha=0.35, decoder_filters=(8, 8, 8, 8, 8)),
            enet=EnetSettings(filters=(8, 16, 16), dropout=0),
            deeplabv3plus=Deeplabv3plusSettings(alpha=0.35, filters=16, atrous_rates=(1, 2)),
            deepcrack=DeepcrackSettings(base_filters=4),
            hairline=HairlineSettings(detail_filters=4, filters=(8, 8, 12), blocks=(1, 1)),
        )
    else:
        settings = ClassificationModel(
            name=name,
            cnn=CnnSettings(filters=(8, 16), dropout=0),
            mobilenetv2=MobileNetV2Settings(alpha=0.35),
        )
    return build_model(task, settings, input_px=SIDE)


@pytest.fixture
def photo() -> np.ndarray:
    photo = np.random.default_rng(0).integers(100, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    photo[20:30] //= 4
    return photo


def test_the_table_names_every_network():
    assert set(LAYERS) == set(BUILDERS)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n in _SLOW else n for n in sorted(BUILDERS)],
)
def test_every_method_explains_every_network(name, photo):
    model = build(name)
    layers = list_feature_layers(model, SIDE)
    layer = choose_layer(layers, None)
    assert layer.name == LAYERS[name]

    _, kernels = read_filters(layers)
    assert kernels.shape[-1] == 3
    blocks = list_blocks(layers)
    assert len(blocks) >= 3
    for (_, maps), block in zip(read_activations(model, blocks, photo), blocks, strict=True):
        assert maps.shape == block.shape

    gradients = LogitGradients(model, batch_size=SETTINGS.batch_size)
    is_mask = BUILDERS[name].task == "segmentation"
    weights = np.ones((SIDE, SIDE) if is_mask else 1, np.float32)
    for method in ALL_METHODS:
        heat = apply_method(
            method, gradients, photo.astype(np.float32), weights, settings=SETTINGS, layer=layer
        ).heat
        assert heat.shape == (SIDE, SIDE)
        assert heat.dtype == np.float32
        assert heat.min() >= 0
        assert heat.max() in (0, 1)

    fresh = randomize_weights(model, seed=0)
    assert [tuple(v.shape) for v in fresh.weights] == [tuple(v.shape) for v in model.weights]
