"""The manifest and the records beside it tell when they are not what was written."""

import json

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError

from crack_pipeline.datasets.stored import ManifestDataset, RecordDataset
from crack_pipeline.errors import CrackPipelineError, DamagedError, ManifestError
from crack_pipeline.manifest import _warn_of_no_digest, open_manifest

RECORD = {"threshold": 0.4, "views": ("none",), "metrics": {"f1": float("nan")}}


@pytest.fixture
def record(tmp_path):
    dataset = RecordDataset(filepath=str(tmp_path / "decision.json"))
    dataset.save(RECORD)
    return dataset, tmp_path / "decision.json"


def test_a_record_comes_back_without_its_seal(record):
    dataset, path = record
    assert json.loads(path.read_text())["threshold"] == 0.4
    loaded = dataset.load()
    assert (loaded["threshold"], loaded["views"], set(loaded)) == (0.4, ["none"], set(RECORD))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "a list, no object"),
        (b"null", "null, no object"),
        (b"", "no JSON"),
        (b"\xff\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"threshold": 0.4}', "an earlier version"),
        (b'{"threshold": 0.4, "sealed": 3}', "is not what was written"),
        (b'{"threshold": 0.4, "sealed": "9:ab"}', "a later version"),
    ],
)
def test_a_record_of_another_shape_is_one_error(record, content, told):
    dataset, path = record
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=told) as caught:
        dataset.load()
    assert isinstance(caught.value.__cause__, DamagedError)


def test_a_changed_record_is_read_once_its_seal_is_gone(record):
    _, path = record
    changed = {**json.loads(path.read_text()), "threshold": 0.5}
    dataset = RecordDataset(filepath=str(path), unsealed=True)
    path.write_text(json.dumps(changed))
    with pytest.raises(DatasetError, match="not what was written"):
        dataset.load()
    changed.pop("sealed")
    path.write_text(json.dumps(changed))
    assert dataset.load()["threshold"] == 0.5


@pytest.fixture
def manifest_file(line_manifest, tmp_path):
    dataset = ManifestDataset(filepath=str(tmp_path / "manifest.parquet"))
    line_manifest.attrs["licence"] = "own"
    dataset.save(line_manifest)
    return dataset, tmp_path / "manifest.parquet"


def test_a_manifest_comes_back_with_what_is_said_of_it(manifest_file, line_manifest):
    loaded = manifest_file[0].load()
    pd.testing.assert_frame_equal(loaded, line_manifest)
    assert loaded.attrs["licence"] == "own"


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.assign(label=1),
        lambda table: table.iloc[2:],
        lambda table: table.assign(image_path=table["image_path"].to_numpy()[::-1]),
        lambda table: table.drop(columns="label"),
        lambda table: table.assign(width_px="x"),
    ],
    ids=["labels", "rows", "paths", "a column missing", "types"],
)
def test_a_changed_manifest_is_refused_by_its_file_and_by_others(manifest_file, change):
    dataset, path = manifest_file
    change(pd.read_parquet(path)).to_parquet(path)
    with pytest.raises(DatasetError, match="Received"):
        dataset.load()
    with pytest.raises(CrackPipelineError):
        open_manifest(pd.read_parquet(path))


def test_a_manifest_that_lost_its_digest_is_told(manifest_file, line_manifest, caplog):
    dataset, path = manifest_file
    line_manifest.attrs = {}
    line_manifest.to_parquet(path)
    _warn_of_no_digest.cache_clear()
    dataset.load()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_manifest_of_another_version_is_read_or_refused_by_name(line_manifest):
    assert len(open_manifest(line_manifest)) == len(line_manifest)
    line_manifest.attrs["sealed"] = "9:" + "0" * 64
    with pytest.raises(DamagedError, match="later version"):
        open_manifest(line_manifest)
    with pytest.raises(ManifestError, match="schema"):
        open_manifest(pd.Series(np.zeros(3)))
