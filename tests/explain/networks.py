"""Small networks whose behaviour is known because they are made by hand."""

import keras
import numpy as np

SIDE = 48
PATCH = (slice(16, 28), slice(24, 36))
"""Rows and columns of the one part of a photo that ``patch_network`` looks at."""


def patch_mask() -> np.ndarray:
    """(48, 48), 1 on the patch."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[PATCH] = 1
    return mask


def draw_photo(seed: int = 0) -> np.ndarray:
    """A photo of bright grain, dark on the patch; (48, 48, 3) uint8."""
    rng = np.random.default_rng(seed)
    photo = rng.integers(150, 220, (SIDE, SIDE, 3), dtype=np.uint8)
    photo[PATCH] = rng.integers(10, 60, photo[PATCH].shape, dtype=np.uint8)
    return photo


def patch_network(task: str, *, nested: bool = False) -> keras.Model:
    """A network that looks at the dark of the patch alone.

    Its first convolution measures darkness; a fixed window then hides everything but the patch. The
    segmentation network gives the logit of the window's darkness summed around each pixel.
    """
    inputs = keras.Input((SIDE, SIDE, 3), name="photo")
    x = keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    if nested:
        x = _features()(x)
    else:
        for layer in _feature_layers():
            x = layer(x)
    if task == "classification":
        x = keras.layers.GlobalAveragePooling2D(name="pooled")(x)
        x = keras.layers.Dense(1, activation="sigmoid", name="crack_probability")(x)
    else:
        x = keras.layers.Conv2D(1, 1, name="logit")(x)
        x = keras.layers.Activation("sigmoid", name="crack_probability")(x)
    model = keras.Model(inputs, x, name="patch")
    _set_weights(model)
    return model


def flat_network(side_px: int = SIDE) -> keras.Model:
    """A classifier without a convolution."""
    inputs = keras.Input((side_px, side_px, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@keras.saving.register_keras_serializable("crack_pipeline_tests")
class Window(keras.layers.Layer):
    """Lets features through on the patch and nowhere else."""

    def call(self, features: keras.KerasTensor) -> keras.KerasTensor:
        return features * keras.ops.cast(patch_mask()[None, :, :, None], features.dtype)


def _feature_layers() -> list[keras.layers.Layer]:
    return [
        keras.layers.Conv2D(2, 3, padding="same", name="darkness"),
        keras.layers.Activation("relu", name="darkness_relu"),
        Window(name="window"),
        keras.layers.Conv2D(2, 3, padding="same", name="around"),
        keras.layers.Activation("relu", name="around_relu"),
    ]


def _features() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = inputs
    for layer in _feature_layers():
        x = layer(x)
    return keras.Model(inputs, x, name="encoder")


def _set_weights(model: keras.Model) -> None:
    from crack_pipeline.models.layers import leaves_of

    layers = {layer.name: layer for layer in leaves_of(model)}
    darkness = np.zeros((3, 3, 3, 2), np.float32)
    darkness[1, 1] = -1 / 3
    layers["darkness"].set_weights([darkness, np.array([0.9, 0.8], np.float32)])
    around = np.full((3, 3, 2, 2), 1 / 18, np.float32)
    layers["around"].set_weights([around, np.zeros(2, np.float32)])
    if "logit" in layers:
        layers["logit"].set_weights([np.full((1, 1, 2, 1), 6.0), np.array([-2.0])])
    else:
        layers["crack_probability"].set_weights([np.full((2, 1), 60.0), np.array([-1.0])])


def dark_network(task: str) -> keras.Model:
    """Dark is crack: photos of any size; a photo is cracked where much of it is dark."""
    inputs = keras.Input((None, None, 3), name="photo")
    x = keras.layers.Rescaling(1 / 255, name="scale")(inputs)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="relu", name="dark")(x)
    if task == "classification":
        x = keras.layers.GlobalMaxPooling2D(name="pooled")(x)
        x = keras.layers.Dense(1, activation="sigmoid", name="crack_probability")(x)
    else:
        x = keras.layers.Conv2D(1, 1, activation="sigmoid", name="crack_probability")(x)
    model = keras.Model(inputs, x, name="dark")
    dark = np.zeros((3, 3, 3, 2), np.float32)
    dark[1, 1] = -1 / 3
    model.get_layer("dark").set_weights([dark, np.array([0.6, 0.5], np.float32)])
    kernel, _ = model.layers[-1].get_weights()
    model.layers[-1].set_weights([np.full(kernel.shape, 20.0), np.array([-6.0])])
    return model
