from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import DatasetError

from crack_pipeline.datasets.keras_model import KerasModelDataset


@pytest.fixture
def dataset(tmp_path: Path) -> KerasModelDataset:
    return KerasModelDataset(filepath=str(tmp_path / "deep" / "model.keras"))


@pytest.fixture
def model() -> Any:
    import keras

    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    network.compile("adam", "binary_crossentropy")
    return network


def test_model_comes_back_from_its_file(dataset: KerasModelDataset, model: Any) -> None:
    assert not dataset.exists()
    dataset.save(model)
    assert dataset.exists()
    loaded = dataset.load()
    assert loaded is not model
    assert not loaded.compiled
    inputs = np.linspace(0, 1, 8, dtype=np.float32).reshape(2, 4)
    expected = model.predict(inputs, verbose=0)
    np.testing.assert_array_equal(loaded.predict(inputs, verbose=0), expected)


def test_failed_save_leaves_the_former_model(
    dataset: KerasModelDataset, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset.save(model)

    def fail_halfway(path: Path) -> None:
        Path(path).write_bytes(b"half a model")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model, "save", fail_halfway)
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(model)
    assert dataset.load().count_params() == 5
    assert len(list((Path(dataset._filepath)).parent.iterdir())) == 1


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"must end in \.keras"):
        KerasModelDataset(filepath=str(tmp_path / "model.h5"))


def test_metadata_is_left_alone(tmp_path: Path) -> None:
    metadata = {"tracking": "model"}
    dataset = KerasModelDataset(filepath=str(tmp_path / "m.keras"), metadata=metadata)
    assert dataset.metadata == metadata
    assert dataset._describe() == {"filepath": str(tmp_path / "m.keras")}
