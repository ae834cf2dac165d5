"""The encoder that several networks share."""

import keras
import numpy as np
import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.models.builders import build_model
from crack_pipeline.models.mobilenetv2 import build_mobilenetv2_features
from crack_pipeline.models.settings import (
    ClassificationModel,
    Deeplabv3plusSettings,
    MobileNetV2Settings,
    MobileNetV2UnetSettings,
    SegmentationModel,
)

NARROW = {
    "mobilenetv2": MobileNetV2Settings(alpha=0.35),
    "mobilenetv2_unet": MobileNetV2UnetSettings(alpha=0.35, decoder_filters=(4, 4, 4, 4, 4)),
    "deeplabv3plus": Deeplabv3plusSettings(alpha=0.35, filters=8, atrous_rates=(1,)),
}


@pytest.mark.parametrize("name", sorted(NARROW))
def test_imagenet_weights_reach_the_encoder(name, monkeypatch, tmp_path):
    # a file as Keras downloads it, with weights that are easy to know again
    learnt = build_mobilenetv2_features(32, alpha=0.35, weights=None)
    learnt.set_weights([np.full(w.shape, 0.25, "float32") for w in learnt.get_weights()])
    learnt.save_weights(tmp_path / "imagenet.weights.h5")
    monkeypatch.setattr(
        "keras.src.utils.file_utils.get_file",
        lambda *args, **kwargs: str(tmp_path / "imagenet.weights.h5"),
    )
    task = "classification" if name == "mobilenetv2" else "segmentation"
    settings = ClassificationModel if name == "mobilenetv2" else SegmentationModel
    model = build_model(
        task, settings(name=name, weights="imagenet", **{name: NARROW[name]}), input_px=64
    )
    (encoder,) = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    assert len(encoder.weights) > 100
    assert all((weight == 0.25).all() for weight in encoder.get_weights())


def test_imagenet_of_a_width_that_was_never_trained_is_refused():
    settings = SegmentationModel(
        name="mobilenetv2_unet",
        weights="imagenet",
        mobilenetv2_unet=MobileNetV2UnetSettings(alpha=0.6),
    )
    with pytest.raises(ParameterError, match=r"alpha: 0\.6\. Set alpha to one of 0\.35"):
        build_model("segmentation", settings, input_px=64)


def test_batch_statistics_follow_a_short_training():
    features = build_mobilenetv2_features(32, alpha=0.35, weights=None)
    momenta = {
        layer.momentum
        for layer in features.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert momenta == {0.9}
