"""What is refused before anything is spread; equality of losses: test_backends_and_devices.py."""

import socket

import numpy as np
import pytest
from pydantic import ValidationError

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.distribution import (
    PROCESS_VARIABLE,
    WHOLE,
    DistributionSettings,
    Part,
    await_coordinator,
    join_processes,
    leave_processes,
    require_backend,
    require_same_job,
    share_arrays,
    spread,
)

TWO = {"strategy": "data_parallel", "processes": 2, "coordinator": "localhost:1"}


def test_an_unknown_strategy_names_the_known_ones():
    with pytest.raises(ValidationError, match="'none', 'mirrored' or 'data_parallel'"):
        DistributionSettings(strategy="miror")


def test_several_processes_need_jax_and_a_coordinator():
    with pytest.raises(ValidationError, match="need strategy: data_parallel, received mirrored"):
        DistributionSettings(**{**TWO, "strategy": "mirrored"})
    for address in (None, "host", "host:port"):
        with pytest.raises(ValidationError, match="need coordinator"):
            DistributionSettings(**{**TWO, "coordinator": address})


def test_several_processes_take_all_their_devices():
    with pytest.raises(ValidationError, match="devices must be null"):
        DistributionSettings(**TWO, devices=1)


def test_settings_that_would_not_be_used_are_refused():
    with pytest.raises(ValidationError, match="devices needs strategy: mirrored or data_parallel"):
        DistributionSettings(devices=2)
    for strategy in ("none", "mirrored", "data_parallel"):
        with pytest.raises(ValidationError, match="coordinator needs processes: 2 or more"):
            DistributionSettings(strategy=strategy, coordinator="localhost:1")
    assert DistributionSettings(strategy="mirrored", devices=2).devices == 2


@pytest.mark.parametrize("number", ["", "2", "first"])
def test_each_process_says_its_number(monkeypatch, number):
    monkeypatch.setenv(PROCESS_VARIABLE, number)
    with pytest.raises(TrainingError, match=rf"from 0 to 1.*{PROCESS_VARIABLE}=0 kedro run"):
        _ = DistributionSettings(**TWO).process


def test_the_number_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv(PROCESS_VARIABLE, "1")
    assert DistributionSettings(**TWO).process == 1
    assert DistributionSettings().process == 0


def test_parts_cover_a_batch():
    parts = [Part(number, 3, 3) for number in range(3)]
    covered = [row for part in parts for row in range(12)[part.slice_of(12)]]
    assert covered == list(range(12))
    assert [part.writes for part in parts] == [True, False, False]


def test_one_device_computes_all():
    with spread(DistributionSettings(), 7) as part:
        assert part == WHOLE
        assert part.slice_of(7) == slice(0, 7)


def test_a_strategy_of_another_backend_is_refused():
    settings = DistributionSettings(strategy="data_parallel")
    with pytest.raises(TrainingError, match=r"needs training\.backend=jax"), spread(settings, 8):
        pass
    with pytest.raises(TrainingError, match="Received: backend torch"):
        require_backend("mirrored", "torch")
    require_backend("none", "torch")


def test_a_batch_that_does_not_divide_is_refused(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0", "gpu:1"])
    settings = DistributionSettings(strategy="mirrored")
    with pytest.raises(TrainingError, match="a multiple of 2"), spread(settings, 7):
        pass


def test_more_devices_than_there_are_is_refused(monkeypatch):
    monkeypatch.setattr("keras.distribution.list_devices", lambda: ["gpu:0", "gpu:1", "cpu:0"])
    settings = DistributionSettings(strategy="mirrored", devices=3)
    problem = "3 wanted in each of 1 processes, 2 seen"
    with pytest.raises(TrainingError, match=problem), spread(settings, 6):
        pass


MET = DistributionSettings(strategy="data_parallel", processes=2, coordinator="localhost:1")


def test_a_coordinator_that_cannot_be_reached_is_told():
    with socket.socket() as bound:  # not listening
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(TrainingError, match=rf"Received: {address}: .*Start process 0"):
            await_coordinator(address, seconds=0)


def test_a_coordinator_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        await_coordinator(f"127.0.0.1:{server.getsockname()[1]}", seconds=0)


def test_processes_of_another_backend_do_not_meet():
    with pytest.raises(TrainingError, match=r"needs training\.backend=jax"):
        join_processes(MET)


def test_one_process_meets_nobody():
    join_processes(DistributionSettings())
    leave_processes(DistributionSettings())


def test_arrays_arrive_as_they_were():
    arrays = {"weights": np.linspace(0, 1, 5, dtype=np.float32), "step": np.int64(7)}
    shared = share_arrays(arrays)
    assert shared is not None
    assert {name: (array.dtype, array.tolist()) for name, array in shared.items()} == {
        "weights": (np.dtype(np.float32), arrays["weights"].tolist()),
        "step": (np.dtype(np.int64), 7),
    }
    assert share_arrays(None) is None


def test_other_data_on_one_machine_are_refused(monkeypatch):
    require_same_job("this job")
    first = {"key": np.frombuffer(b"that job", np.uint8)}
    monkeypatch.setattr("crack_pipeline.training.distribution.share_arrays", lambda arrays: first)
    with pytest.raises(TrainingError, match="this job here, that job in process 0"):
        require_same_job("this job")
