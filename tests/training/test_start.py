"""What Keras computes with, chosen before it is imported."""

import os

import pytest

from crack_pipeline.errors import ParameterError, TrainingError
from crack_pipeline.training.start import choose_backend, start_keras


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch):
    for name in (
        "KERAS_BACKEND",
        "CRACK_DEVICE",
        "CUDA_VISIBLE_DEVICES",
        "JAX_PLATFORMS",
        "KERAS_TORCH_DEVICE",
    ):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def test_a_backend_that_is_not_installed_names_the_command(monkeypatch):
    monkeypatch.setattr("crack_pipeline.training.start.find_spec", lambda name: None)
    with pytest.raises(TrainingError, match=r'Received: torch\. pip install .*"\.\[torch\]"'):
        choose_backend("torch", "auto")


def test_a_second_backend_in_one_process_is_refused():
    start_keras()
    with pytest.raises(TrainingError, match="Keras runs on tensorflow"):
        choose_backend("jax", "auto")


def test_a_misspelt_environment_names_the_nearest(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tenserflow")
    with pytest.raises(ParameterError, match=r"Received: tenserflow\. Did you mean tensorflow"):
        choose_backend(None, "auto")


def test_a_gpu_that_is_not_there_is_missed(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["cpu:0"])
    choose_backend(None, "gpu")
    with pytest.raises(TrainingError, match=r"tensorflow sees cpu:0\. Install the extra `gpu`"):
        start_keras()
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["cpu:0", "gpu:0"])
    start_keras()


def test_children_take_the_same(monkeypatch):
    start_keras()
    choose_backend(None, "cpu")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
