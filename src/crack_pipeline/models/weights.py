"""Weights that a network starts from: ImageNet's, or those of a file of the same network."""

import math
import os
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import h5py
import keras

from crack_pipeline.errors import WeightsError
from crack_pipeline.models.layers import leaves_of
from crack_pipeline.wording.suggestions import nearest_names

IMAGENET = "imagenet"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)
_SHOWN_SHAPES = 3

Shape = tuple[int, ...]


def load_weights(model: keras.Model, path: Path) -> None:
    """Give a network the weights of a file.

    The file may come from tiles of another size, since no weight depends on it. Scaling, strides
    and dilations decide what the weights mean, too: a ``.keras`` file tells them, a
    ``.weights.h5`` file holds arrays only.

    Args:
        model: A built network with one output.
        path: A ``.keras`` file, or a ``.weights.h5`` file.

    Raises:
        WeightsError: If there is no such file, it cannot be read, or it holds another network.
    """
    if not path.is_file():
        raise _no_such_file(path)
    try:
        if path.suffix == ".keras":
            trained = keras.saving.load_model(path, compile=False)
            shapes = [tuple(weight.shape) for weight in trained.weights]
            _require_same(model, shapes, path, name=trained.name)
            _require_same_use(model, trained, path)
            model.set_weights(trained.get_weights())
        else:
            _require_same(model, _read_shapes(path), path, name="network")
            model.load_weights(path)
    except _UNREADABLE as error:
        first_line = (str(error).splitlines() or [""])[0][:300]
        raise _does_not_fit(model, f"{path} ({type(error).__name__}: {first_line})") from error


def imagenet_unavailable(error: Exception) -> WeightsError:
    """Say what to do where ImageNet weights cannot be downloaded.

    Args:
        error: What came of it; Keras names the file in it.

    Returns:
        The error to raise.
    """
    first_line = (str(error).splitlines() or [""])[0][:200]
    cache = Path(os.environ.get("KERAS_HOME", "~/.keras")) / "models"
    return WeightsError(
        f"ImageNet weights are downloaded once, then read from Keras' cache ({cache}).",
        received=f"{type(error).__name__}: {first_line}",
        remedy=f"Connect to the network, copy the file named above into {cache} by hand "
        "(where a wrong one lies, remove it), "
        "or set `weights: null` to train from scratch. Without a network, training on the drawn "
        "sample first is the other way (docs/how_to/pretrain_on_the_sample.md): set `weights` to "
        "the model that it leaves.",
    )


def _no_such_file(path: Path) -> WeightsError:
    question = f"Did you mean {IMAGENET}? " if nearest_names(str(path), [IMAGENET]) else ""
    return WeightsError(
        f"`weights` must be null, {IMAGENET}, or the path of a .keras or .weights.h5 file.",
        received=f"{path}, where no file lies",
        remedy=f"{question}A path is relative to where the command is run.",
    )


def _does_not_fit(model: keras.Model, received: str) -> WeightsError:
    return WeightsError(
        f"Weights must be a readable .keras or .weights.h5 file of a {model.name} with the same "
        "parameters.",
        received=received,
        remedy="Check the path, and that model name and parameters equal those it was trained "
        "with; or set `weights: null`.",
    )


def _read_shapes(path: Path) -> list[Shape]:
    # Keras passes over what is too much in such a file, so its arrays are counted before.
    shapes: list[Shape] = []

    def collect(name: str, item: h5py.Group | h5py.Dataset) -> None:
        is_array = isinstance(item, h5py.Dataset) and name.startswith("layers/")
        if is_array and item.dtype.kind == "f":  # the other ones are states of dropout
            shapes.append(tuple(item.shape))

    with h5py.File(path) as file:
        file.visititems(collect)
    return shapes


def _require_same(model: keras.Model, theirs: list[Shape], path: Path, *, name: str) -> None:
    ours = [tuple(weight.shape) for weight in model.weights]
    in_file, in_network = Counter(theirs), Counter(ours)
    if in_file == in_network:
        return
    raise _does_not_fit(
        model,
        f"{path}: a {name} of {len(theirs)} arrays, wanted a {model.name} of {len(ours)}"
        + _list_shapes("; only in the file: ", in_file - in_network)
        + _list_shapes("; only in the network: ", in_network - in_file),
    )


def _require_same_use(model: keras.Model, trained: keras.Model, path: Path) -> None:
    in_network, in_file = _uses_of(model), _uses_of(trained)
    if in_network == in_file:
        return
    only_file, only_network = in_file - in_network, in_network - in_file
    raise _does_not_fit(
        model,
        f"{path}: only in the file: {'; '.join(sorted(only_file)[:_SHOWN_SHAPES]) or 'nothing'}, "
        f"only in the network: {'; '.join(sorted(only_network)[:_SHOWN_SHAPES]) or 'nothing'}",
    )


def _uses_of(model: keras.Model) -> "Counter[str]":
    uses: Counter[str] = Counter()
    for layer in leaves_of(model):
        if isinstance(layer, keras.layers.Rescaling):
            uses[f"intensities · {layer.scale} + {layer.offset}"] += 1
        elif layer.weights and hasattr(layer, "dilation_rate"):
            rate, stride = _of_rows(layer.dilation_rate), _of_rows(layer.strides)
            uses[f"kernels with dilation {rate}, stride {stride}"] += 1
    return uses


def _of_rows(value: int | tuple[int, ...]) -> int:
    return value if isinstance(value, int) else value[0]


def _list_shapes(lead: str, shapes: "Counter[Shape]") -> str:
    if not shapes:
        return ""
    kernels_first = sorted(shapes, key=lambda shape: (-len(shape), math.prod(shape)))
    shown = [" × ".join(map(str, shape)) for shape in kernels_first[:_SHOWN_SHAPES]]
    rest = len(shapes) - len(shown)
    return lead + ", ".join(shown) + (f" and {rest} more" if rest else "")
