"""One short training on TensorFlow, on JAX, on two devices and in two processes: equal losses.

All start from one file of weights and see the same batches, which NumPy and OpenCV make.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from crack_pipeline.models.builders import build_model
from crack_pipeline.models.settings import HairlineSettings, SegmentationModel
from crack_pipeline.tiles.store import TileWriter

SCRIPT = Path(__file__).with_name("short_training.py")
SAME_BACKEND, OTHER_BACKEND = 2e-6, 2e-4
"""Relative tolerances: sums in another order; other kernels for convolution."""

Train = Callable[..., list[dict[str, float]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("short")
    rng = np.random.default_rng(0)
    with TileWriter(folder / "store", n_tiles=12, tile_px=32, has_masks=True) as writer:
        for number in range(12):
            mask = np.zeros((32, 32), np.uint8)
            mask[:, 4 + number : 7 + number] = 1
            tile = rng.integers(150, 220, (32, 32, 3), dtype=np.uint8)
            tile[mask == 1] = 40
            split = "train" if number < 8 else "validation"
            row = {"image_id": f"p{number}", "split": split, "x_px": 0, "y_px": 0, "label": 1}
            writer.add(tile, mask, {**row, "crack_share": float(mask.mean())})
        writer.finish("key")
    network = HairlineSettings(
        detail_filters=4, filters=(6, 8), blocks=(1,), context_dilations=(1,), dropout=0
    )
    settings = SegmentationModel(name="hairline", hairline=network)
    build_model("segmentation", settings, input_px=32).save_weights(folder / "start.weights.h5")
    return folder


def _start(folder: Path, name: str, distribution: dict[str, object], **variables: str):
    output = folder / name
    output.mkdir(exist_ok=True)
    command = [sys.executable, str(SCRIPT), str(folder), str(output), json.dumps(distribution)]
    process = subprocess.Popen(
        command,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return process, output


def _finish(process: "subprocess.Popen[str]", output: Path) -> list[dict[str, float]]:
    printed, _ = process.communicate(timeout=400)
    assert process.returncode == 0, printed
    return json.loads((output / "history.json").read_text())


def _losses(history: list[dict[str, float]]) -> list[float]:
    return [entry[name] for entry in history for name in ("loss", "val_loss")]


@pytest.fixture(scope="module")
def on_tensorflow(folder: Path) -> list[float]:
    return _losses(_finish(*_start(folder, "tf", {}, KERAS_BACKEND="tensorflow")))


@pytest.fixture(scope="module")
def on_jax(folder: Path) -> list[float]:
    return _losses(_finish(*_start(folder, "jax", {}, KERAS_BACKEND="jax")))


def test_jax_trains_like_tensorflow(on_tensorflow, on_jax):
    assert on_jax == pytest.approx(on_tensorflow, rel=OTHER_BACKEND)


@pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra torch, which is large")
def test_torch_trains_like_tensorflow(folder, on_tensorflow):
    started = _start(folder, "torch", {}, KERAS_BACKEND="torch")
    assert _losses(_finish(*started)) == pytest.approx(on_tensorflow, rel=OTHER_BACKEND)


def test_two_mirrored_devices_train_like_one(folder, on_tensorflow):
    started = _start(folder, "mirrored", {"strategy": "mirrored"}, KERAS_BACKEND="tensorflow")
    assert _losses(_finish(*started)) == pytest.approx(on_tensorflow, rel=SAME_BACKEND)


@pytest.mark.slow  # two processes have two devices, too
def test_two_devices_of_jax_train_like_one(folder, on_jax):
    started = _start(
        folder,
        "shared",
        {"strategy": "data_parallel"},
        KERAS_BACKEND="jax",
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert _losses(_finish(*started)) == pytest.approx(on_jax, rel=SAME_BACKEND)


def test_two_processes_of_jax_train_like_one(folder, on_jax):
    first, second = (_finish(*one) for one in _start_two(folder, "process"))
    assert _losses(first) == pytest.approx(on_jax, rel=SAME_BACKEND)
    assert _losses(second) == pytest.approx(_losses(first), rel=1e-9)
    assert list((folder / "process0" / "unfinished").glob("*/state.npz"))
    assert not list((folder / "process1" / "unfinished").glob("*/*.npz"))


@pytest.mark.slow
def test_two_interrupted_processes_go_on_from_what_the_first_one_kept(folder):
    stages = {"FINE_TUNING": "2"}
    whole = _losses(_finish(*_start(folder, "stages", {}, KERAS_BACKEND="jax", **stages)))
    for process, _ in _start_two(folder, "cut", END_AFTER="1", **stages):
        process.communicate(timeout=400)
        assert process.returncode != 0, "the second process cannot go on alone"
    for one in _start_two(folder, "cut", **stages):
        assert _losses(_finish(*one)) == pytest.approx(whole, rel=SAME_BACKEND)
    assert not list((folder / "cut1" / "unfinished").glob("*/*.npz"))


def _start_two(folder: Path, name: str, **variables: str):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    distribution = {"strategy": "data_parallel", "coordinator": address, "processes": 2}
    return [
        _start(
            folder,
            f"{name}{number}",
            distribution,
            KERAS_BACKEND="jax",
            CRACK_PROCESS=str(number),
            **variables,
        )
        for number in range(2)
    ]
