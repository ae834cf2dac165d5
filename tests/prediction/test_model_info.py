import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.prediction.model_info import FORMAT_VERSION, read_model_info

WRITTEN = {
    "task": "segmentation",
    "model": "unet",
    "tile_px": 256,
    "overlap_px": 64,
    "equalization": "none",
    "batch_size": 8,
    "manifest_digest": "abc",
    "run_id": None,
    "history": [],
}


def test_reads_what_training_wrote():
    info = read_model_info(WRITTEN, task="segmentation")
    assert (info.tile_px, info.overlap_px, info.batch_size) == (256, 64, 8)
    assert info.run_id is None


def test_classification_has_no_overlap():
    written = {**WRITTEN, "task": "classification", "overlap_px": None}
    assert read_model_info(written, task="classification").overlap_px is None


def test_refuses_a_model_of_another_task():
    with pytest.raises(ParameterError, match="model trained for segmentation"):
        read_model_info(WRITTEN, task="classification")


@pytest.mark.parametrize(
    ("key", "value"), [("tile_px", 0), ("equalization", "local"), ("model", None)]
)
def test_refuses_facts_that_are_wrong(key, value):
    with pytest.raises(ParameterError, match=key):
        read_model_info({**WRITTEN, key: value}, task="segmentation")


def test_refuses_facts_that_are_missing():
    with pytest.raises(ParameterError, match="task: Field required"):
        read_model_info({"model": "unet"}, task="segmentation")


def test_a_file_of_before_versions_is_read_and_written_with_one():
    old = {**WRITTEN, "unfinished_path": "/somewhere/unfinished/0123", "best_epoch": 3}
    info = read_model_info(old)
    assert (info.format_version, info.best_epoch) == (FORMAT_VERSION, 3)
    assert "/somewhere" not in info.model_dump_json()
    assert read_model_info(info.model_dump()) == info


def test_a_file_of_a_later_version_is_refused():
    with pytest.raises(ParameterError, match=r"format_version=2.*Use the version"):
        read_model_info({**WRITTEN, "format_version": 2})
