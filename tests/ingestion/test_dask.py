"""The same work on a Dask cluster on this machine."""

import socket
import sys

import pandas as pd
import pytest
from PIL import Image

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.ingestion.fan_out import ParallelSettings, dask_workers
from crack_pipeline.pipelines.ingest.nodes import (
    check_images,
    group_images,
    list_images,
    split_images,
)
from crack_pipeline.pipelines.ingest.params import IngestionParams

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    ) as running:
        yield running


def divided_by(folder, work, **parallel) -> pd.DataFrame:
    params = IngestionParams(
        source="class_folders",
        raw_path=folder,
        checks_path=work / "checks",
        primary_path=work / "primary",
        parallel={"min_files": 0, **parallel},
    )
    listed = list_images(str(folder), params)
    checked, thumbnails = check_images(listed, params)
    return split_images(*group_images(checked, thumbnails, params), params).read_table()


def test_a_cluster_gives_the_identical_manifest(class_folders, tmp_path, cluster):
    (class_folders / "Positive" / "cut.png").write_bytes(b"\x89PNG\r\n")
    Image.open(class_folders / "Positive" / "1.png").save(class_folders / "Positive" / "again.png")
    here = divided_by(class_folders, tmp_path / "loky", n_jobs=2)
    there = divided_by(
        class_folders, tmp_path / "dask", backend="dask", address=cluster.scheduler_address
    )
    pd.testing.assert_frame_equal(here, there)
    assert there["split"].notna().sum() == 21


def test_a_cluster_is_started_where_none_is_named(class_folders, tmp_path):
    here = divided_by(class_folders, tmp_path / "loky", n_jobs=1)
    there = divided_by(class_folders, tmp_path / "dask", backend="dask", n_jobs=1)
    pd.testing.assert_frame_equal(here, there)


def test_photos_that_workers_do_not_see_are_told_before_the_work(cluster, tmp_path):
    parallel = ParallelSettings(backend="dask", address=cluster.scheduler_address)
    with (
        pytest.raises(SourceError, match=r"2 of 2 workers\) cannot read.*share"),
        dask_workers(parallel, str(tmp_path / "elsewhere.jpg")),
    ):
        pass


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["nobody listens", "no address", "no port"])
def test_an_address_that_does_not_answer_is_told_within_seconds(kind):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = {
        "nobody listens": f"tcp://127.0.0.1:{port}",
        "no address": "x y",
        "no port": "tcp://",
    }
    parallel = ParallelSettings(backend="dask", address=address[kind])
    with (
        pytest.raises(ParameterError, match=r"parallel\.address.*address=null"),
        dask_workers(parallel, __file__),
    ):
        pass


def test_a_scheduler_without_workers_is_told():
    with (
        distributed.LocalCluster(
            n_workers=0, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as lonely,
        pytest.raises(ParameterError, match="without any worker"),
        dask_workers(ParallelSettings(backend="dask", address=lonely.scheduler_address), __file__),
    ):
        pass


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ParameterError, match=r"pip install 'crack-pipeline\[dask\]'"),
        dask_workers(ParallelSettings(backend="dask"), __file__),
    ):
        pass
