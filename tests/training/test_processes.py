"""How processes meet; that they train as one: test_backends_and_devices.py."""

import socket

import numpy as np
import pytest

from crack_pipeline.errors import TrainingError
from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.processes import (
    await_coordinator,
    join_processes,
    leave_processes,
    require_same_job,
    share_arrays,
)

TWO = DistributionSettings(strategy="data_parallel", processes=2, coordinator="localhost:1")


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
        join_processes(TWO)


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
    monkeypatch.setattr("crack_pipeline.training.processes.share_arrays", lambda arrays: first)
    with pytest.raises(TrainingError, match="this job here, that job in process 0"):
        require_same_job("this job")
