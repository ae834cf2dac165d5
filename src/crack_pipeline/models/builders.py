"""The map from the names that users type to the builders, and the weights that they start from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras

from crack_pipeline.errors import ParameterError, WeightsError
from crack_pipeline.models.blocks import InputSizeError
from crack_pipeline.models.cnn import build_cnn
from crack_pipeline.models.deepcrack import build_deepcrack
from crack_pipeline.models.deeplabv3plus import build_deeplabv3plus
from crack_pipeline.models.efficientnetv2b0 import build_efficientnetv2b0
from crack_pipeline.models.enet import build_enet
from crack_pipeline.models.hairline import build_hairline
from crack_pipeline.models.mobilenetv2 import build_mobilenetv2
from crack_pipeline.models.mobilenetv2_unet import build_mobilenetv2_unet
from crack_pipeline.models.settings import ClassificationModel, Scaling, SegmentationModel
from crack_pipeline.models.unet import build_unet
from crack_pipeline.models.weights import IMAGENET, imagenet_unavailable, load_weights
from crack_pipeline.types import Task
from crack_pipeline.wording.suggestions import suggest_name

ModelSettings = SegmentationModel | ClassificationModel


@dataclass(frozen=True)
class Architecture:
    """A network's builder and the settings that it takes.

    Attributes:
        task: What it is for.
        scaling: The intensity scaling that it was designed for.
        has_imagenet: Whether its encoder can start from ImageNet weights.
        build: Builds it from (input_px, all model settings, scaling); with side outputs also from
            the keyword ``side_outputs``.
        has_side_outputs: Whether it can give the crack probability at several depths.
    """

    task: Task
    scaling: Scaling
    has_imagenet: bool
    build: Callable[..., keras.Model]
    has_side_outputs: bool = False


def _unet(
    input_px: int, settings: SegmentationModel, scaling: Scaling, *, side_outputs: bool
) -> keras.Model:
    return build_unet(input_px, settings.unet, scaling=scaling, side_outputs=side_outputs)


def _hairline(
    input_px: int, settings: SegmentationModel, scaling: Scaling, *, side_outputs: bool
) -> keras.Model:
    return build_hairline(input_px, settings.hairline, scaling=scaling, side_outputs=side_outputs)


def _mobilenetv2_unet(input_px: int, settings: SegmentationModel, scaling: Scaling) -> keras.Model:
    weights = IMAGENET if settings.weights == IMAGENET else None
    return build_mobilenetv2_unet(
        input_px, settings.mobilenetv2_unet, scaling=scaling, encoder_weights=weights
    )


def _enet(input_px: int, settings: SegmentationModel, scaling: Scaling) -> keras.Model:
    return build_enet(input_px, settings.enet, scaling=scaling)


def _deeplabv3plus(input_px: int, settings: SegmentationModel, scaling: Scaling) -> keras.Model:
    weights = IMAGENET if settings.weights == IMAGENET else None
    return build_deeplabv3plus(
        input_px, settings.deeplabv3plus, scaling=scaling, encoder_weights=weights
    )


def _deepcrack(
    input_px: int, settings: SegmentationModel, scaling: Scaling, *, side_outputs: bool
) -> keras.Model:
    return build_deepcrack(input_px, settings.deepcrack, scaling=scaling, side_outputs=side_outputs)


def _cnn(input_px: int, settings: ClassificationModel, scaling: Scaling) -> keras.Model:
    return build_cnn(input_px, settings.cnn, scaling=scaling)


def _mobilenetv2(input_px: int, settings: ClassificationModel, scaling: Scaling) -> keras.Model:
    return build_mobilenetv2(
        input_px,
        settings.mobilenetv2,
        scaling=scaling,
        extractor_weights=IMAGENET if settings.weights == IMAGENET else None,
        pretrained=settings.weights is not None,
    )


def _efficientnetv2b0(
    input_px: int, settings: ClassificationModel, scaling: Scaling
) -> keras.Model:
    return build_efficientnetv2b0(
        input_px,
        settings.efficientnetv2b0,
        scaling=scaling,
        extractor_weights=IMAGENET if settings.weights == IMAGENET else None,
        pretrained=settings.weights is not None,
    )


BUILDERS: dict[str, Architecture] = {
    "unet": Architecture("segmentation", "zero_one", False, _unet, has_side_outputs=True),
    "mobilenetv2_unet": Architecture("segmentation", "minus_one_one", True, _mobilenetv2_unet),
    "enet": Architecture("segmentation", "zero_one", False, _enet),
    "deeplabv3plus": Architecture("segmentation", "minus_one_one", True, _deeplabv3plus),
    "deepcrack": Architecture("segmentation", "zero_one", False, _deepcrack, has_side_outputs=True),
    "hairline": Architecture("segmentation", "zero_one", False, _hairline, has_side_outputs=True),
    "cnn": Architecture("classification", "zero_one", False, _cnn),
    "mobilenetv2": Architecture("classification", "minus_one_one", True, _mobilenetv2),
    "efficientnetv2b0": Architecture(
        "classification", "imagenet_standard", True, _efficientnetv2b0
    ),
}
"""Every network by its name."""


def architecture_of(task: Task, name: str) -> Architecture:
    """Look a network up.

    Args:
        task: What it must be for.
        name: What the user typed.

    Returns:
        The entry of ``BUILDERS``.

    Raises:
        ParameterError: If no network of this task has this name.
    """
    names = [known for known, entry in BUILDERS.items() if entry.task == task]
    if name in names:
        return BUILDERS[name]
    raise ParameterError(
        f"model.{task}.name must be a network for {task}.",
        received=f"{name!r}",
        remedy=suggest_name(name, names),
    )


def build_model(
    task: Task, settings: ModelSettings, *, input_px: int, side_outputs: bool = False
) -> keras.Model:
    """Build the network that the settings name and give it its starting weights.

    Args:
        task: What it is for.
        settings: Name, weights, scaling, and the parameters of each network.
        input_px: Side of the input in px.
        side_outputs: Give the crack probabilities at several depths of the network beside the
            final one, for deep supervision.

    Returns:
        The model, not compiled. With ``side_outputs`` it has several outputs, the final one
        first, each (N, T, T, 1); ``without_side_outputs`` makes the model that is kept.

    Raises:
        ParameterError: If the name, the input size or the scaling do not fit, or the network has
            no side outputs.
        WeightsError: If the weights cannot be had or belong to another network.
    """
    architecture = architecture_of(task, settings.name)
    scaling = settings.scaling or architecture.scaling
    if settings.weights == IMAGENET:
        _require_imagenet(architecture, settings, scaling)
    if side_outputs:
        _require_side_outputs(architecture, task, settings.name)
    # The builders without side outputs do not know the word.
    sides = {"side_outputs": side_outputs} if architecture.has_side_outputs else {}
    try:
        model = architecture.build(input_px, settings, scaling, **sides)
    except InputSizeError as error:
        raise ParameterError(
            f"The input size must fit model.{task}.{settings.name}.",
            received=str(error),
            remedy=f"Change preprocessing.{task}.tile_px or the network's depth.",
        ) from error
    except ParameterError:
        raise
    except Exception as error:
        if settings.weights == IMAGENET:
            raise imagenet_unavailable(error) from error
        raise
    if settings.weights not in (None, IMAGENET):
        load_weights(without_side_outputs(model), Path(str(settings.weights)))
    return model


def without_side_outputs(model: keras.Model) -> keras.Model:
    """The part of a model that gives its first output; both share their weights.

    Args:
        model: One with one or several outputs.

    Returns:
        A model with one output: the given one, where it has no more.
    """
    if len(model.outputs) == 1:
        return model
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def _require_side_outputs(architecture: Architecture, task: Task, name: str) -> None:
    if not architecture.has_side_outputs:
        able = [known for known, entry in BUILDERS.items() if entry.has_side_outputs]
        raise ParameterError(
            "Deep supervision needs a network with side outputs.",
            received=f"model.{task}.name: {name}",
            remedy=f"Set training.{task}.side_weight: 0, or choose {' or '.join(able)}.",
        )


def _require_imagenet(
    architecture: Architecture, settings: ModelSettings, scaling: Scaling
) -> None:
    if not architecture.has_imagenet:
        able = [name for name, entry in BUILDERS.items() if entry.has_imagenet]
        raise WeightsError(
            "ImageNet weights exist for some encoders only.",
            received=f"weights: imagenet with name: {settings.name}",
            remedy=f"Set `weights: null`, or choose one of {', '.join(able)}.",
        )
    if scaling != architecture.scaling:
        raise ParameterError(
            f"ImageNet weights were learnt with scaling {architecture.scaling}.",
            received=f"scaling: {scaling}",
            remedy="Set `scaling: null` to take the network's own.",
        )
