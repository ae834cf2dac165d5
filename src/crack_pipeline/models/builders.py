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
        build: Builds it from the input's side in px, its own settings, the keyword ``scaling`` and
            those that ``takes`` names.
        takes: ``encoder_weights`` where the encoder can start from ImageNet; ``pretrained`` where
            it matters that weights are given at all; ``side_outputs`` where the network can give
            the crack probability at several depths.
    """

    task: Task
    scaling: Scaling
    build: Callable[..., keras.Model]
    takes: tuple[str, ...] = ()


_SIDES = ("side_outputs",)
_ENCODER = ("encoder_weights",)
_FROZEN = ("encoder_weights", "pretrained")

BUILDERS: dict[str, Architecture] = {
    "unet": Architecture("segmentation", "zero_one", build_unet, _SIDES),
    "mobilenetv2_unet": Architecture(
        "segmentation", "minus_one_one", build_mobilenetv2_unet, _ENCODER
    ),
    "enet": Architecture("segmentation", "zero_one", build_enet),
    "deeplabv3plus": Architecture("segmentation", "minus_one_one", build_deeplabv3plus, _ENCODER),
    "deepcrack": Architecture("segmentation", "zero_one", build_deepcrack, _SIDES),
    "hairline": Architecture("segmentation", "zero_one", build_hairline, _SIDES),
    "cnn": Architecture("classification", "zero_one", build_cnn),
    "mobilenetv2": Architecture("classification", "minus_one_one", build_mobilenetv2, _FROZEN),
    "efficientnetv2b0": Architecture(
        "classification", "imagenet_standard", build_efficientnetv2b0, _FROZEN
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
    values = {
        "side_outputs": side_outputs,
        "encoder_weights": IMAGENET if settings.weights == IMAGENET else None,
        "pretrained": settings.weights is not None,
    }
    taken = {name: values[name] for name in architecture.takes}
    own = getattr(settings, settings.name)
    try:
        model = architecture.build(input_px, own, scaling=scaling, **taken)
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


def _list_takers(option: str) -> list[str]:
    return [name for name, entry in BUILDERS.items() if option in entry.takes]


def _require_side_outputs(architecture: Architecture, task: Task, name: str) -> None:
    if "side_outputs" not in architecture.takes:
        raise ParameterError(
            "Deep supervision needs a network with side outputs.",
            received=f"model.{task}.name: {name}",
            remedy=f"Set training.{task}.side_weight: 0, or choose "
            f"{' or '.join(_list_takers('side_outputs'))}.",
        )


def _require_imagenet(
    architecture: Architecture, settings: ModelSettings, scaling: Scaling
) -> None:
    if "encoder_weights" not in architecture.takes:
        raise WeightsError(
            "ImageNet weights exist for some encoders only.",
            received=f"weights: imagenet with name: {settings.name}",
            remedy="Set `weights: null`, or choose one of "
            f"{', '.join(_list_takers('encoder_weights'))}.",
        )
    if scaling != architecture.scaling:
        raise ParameterError(
            f"ImageNet weights were learnt with scaling {architecture.scaling}.",
            received=f"scaling: {scaling}",
            remedy="Set `scaling: null` to take the network's own.",
        )
