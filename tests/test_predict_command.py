"""Photos are predicted from an installed package, are taken up again, and go to workers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from tests.inspection.dark_model import draw_photo, settings_of

from crack_pipeline.ingestion.fan_out import ParallelSettings
from crack_pipeline.inspection.running import predict_folder
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.runtimes import digest_network
from crack_pipeline.storage import seal_record

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as pip installs it, without the project's folder."""
    folder, source = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "src", source / "src")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    done = subprocess.run([*command, folder, source], capture_output=True, text=True, check=False)
    if done.returncode and "connection" in done.stderr.lower():
        pytest.skip("pip fetches setuptools to build a wheel, and there is no network")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that takes dark for crack, in a folder as training leaves it."""
    import keras

    folder = tmp_path_factory.mktemp("model")
    inputs = keras.Input((64, 64, 3))
    dark = keras.layers.Rescaling(-1 / 255, 1)(inputs)
    mean = keras.layers.Conv2D(1, 1, kernel_initializer=keras.initializers.Constant(1 / 3))
    network = keras.Model(inputs, mean(dark))
    network.save(folder / "model.keras")
    info = {"task": "segmentation", "model": "dark", "tile_px": 64, "overlap_px": 16}
    info["weights_digest"] = digest_network(network)
    (folder / "model_info.json").write_text(json.dumps(seal_record(info)))
    decision = seal_record({"threshold": 0.5, "views": "none"})
    (folder / "decision.json").write_text(json.dumps(decision))
    return folder


@pytest.fixture
def start(site: Path, model: Path, tmp_path: Path):
    """Starts the command in an empty folder."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1"}
    (tmp_path / "elsewhere").mkdir()

    def call(*options: str) -> subprocess.Popen[str]:
        command = [site / "bin" / "crack-pipeline", "predict", *options, f"--model={model}"]
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=tmp_path / "elsewhere",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return call


@pytest.mark.slow
def test_an_installed_package_needs_no_project(start, tmp_path):
    for name in ("Süd seite/a.png", "b.png"):
        draw_photo(tmp_path / "photos" / name)
    command = start(str(tmp_path / "photos"), "--mm-per-px=0.5")
    output, _ = command.communicate(timeout=300)
    assert command.returncode == 0, output
    assert "2 photos done" in output
    results = tmp_path / "elsewhere" / "photos_cracks"
    assert str(results / "report.html") in output
    cracks = pd.read_csv(results / "cracks.csv", encoding="utf-8-sig")
    assert cracks["mean_width_mm"].to_list() == pytest.approx([2.0, 2.0], abs=0.05)


@pytest.mark.slow
def test_ctrl_c_leaves_whole_files_and_the_same_command_goes_on(start, tmp_path):
    for number in range(60):
        draw_photo(tmp_path / "photos" / f"{number}.png", side=256)
    results = tmp_path / "elsewhere" / "photos_cracks"
    command = start(str(tmp_path / "photos"))
    while len(done := list(results.glob("parts/*.json"))) < 2:
        assert command.poll() is None, command.communicate()[0]
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    output, _ = command.communicate(timeout=60)
    assert command.returncode == 130, output
    assert "the same command goes on" in output.lower()
    assert not list(results.rglob("*.unfinished*"))
    again = start(str(tmp_path / "photos"))
    output, _ = again.communicate(timeout=300)
    assert again.returncode == 0, output
    assert "of 60 photos are done already" in output
    assert len(done) < 60
    assert len(pd.read_csv(results / "cracks.csv", encoding="utf-8-sig")) == 60


@pytest.mark.slow
def test_workers_of_a_cluster_find_what_one_process_finds(model, tmp_path):
    for number in range(4):
        draw_photo(tmp_path / "photos" / f"{number}.png", row=10 + number)
    (tmp_path / "photos" / "5.png").write_bytes(b"no photo")
    found = {}
    for name, workers in (("one", None), ("two", ParallelSettings(backend="dask", n_jobs=2))):
        settings = settings_of(tmp_path / "photos", tmp_path / name, mm_per_px=0.5)
        bundle = ModelBundle.from_folder(model)
        found[name] = predict_folder(bundle, settings, workers)
    pd.testing.assert_frame_equal(found["one"].cracks, found["two"].cracks)
    assert found["two"].failed["photo"].to_list() == ["5.png"]
