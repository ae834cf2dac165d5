"""What Keras computes with, chosen before it is imported."""

import os

import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.start import choose_backend, start_keras


@pytest.fixture(autouse=True)
def _keep_environment(monkeypatch):
    for name in ("KERAS_BACKEND", "CRACK_DEVICE", "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"):
        monkeypatch.setenv(name, os.environ.get(name, ""))


def test_a_backend_that_is_not_installed_names_the_command(monkeypatch):
    monkeypatch.setattr("crack_pipeline.training.start.find_spec", lambda name: None)
    with pytest.raises(TrainingError, match=r'Received: torch\. pip install .*"\.\[torch\]"'):
        choose_backend("torch", "auto")


def test_a_second_backend_in_one_process_is_refused():
    start_keras()
    with pytest.raises(TrainingError, match="Keras runs on tensorflow"):
        choose_backend("jax", "auto")


def test_children_take_the_same(monkeypatch):
    start_keras()
    choose_backend(None, "cpu")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
