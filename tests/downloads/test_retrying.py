"""Trying again: how often, how long between, and when not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crack_pipeline.downloads import retrying
from crack_pipeline.downloads.retrying import PassingFaultError, read_retry_after, try_again


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for; none is taken."""
    asked: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", asked.append)
    return asked


def _fail(*faults: PassingFaultError | None) -> Callable[[], str]:
    queue = list(faults)

    def act() -> str:
        fault = queue.pop(0) if queue else None
        if fault is not None:
            raise fault
        return "done"

    return act


def test_waits_double_up_to_a_limit(waits: list[float]) -> None:
    faults = [PassingFaultError("cut")] * 8
    assert try_again(_fail(*faults), retries=8, name="Fetching") == "done"
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_last_fault_is_raised_after_so_many_retries(waits: list[float]) -> None:
    faults = [PassingFaultError(str(number)) for number in range(9)]
    with pytest.raises(PassingFaultError, match="3"):
        try_again(_fail(*faults), retries=3, name="Fetching")
    assert len(waits) == 3


def test_progress_sets_the_count_back(waits: list[float]) -> None:
    reached = iter([0, 10, 20, 30, 30])
    faults = [PassingFaultError("cut")] * 4
    done = try_again(
        _fail(*faults), retries=2, name="Fetching", measure_progress=lambda: next(reached, 40)
    )
    assert done == "done"
    assert waits == [1, 1, 1, 2]


def test_a_server_is_given_the_time_that_it_asks_for(waits: list[float]) -> None:
    assert try_again(_fail(PassingFaultError("busy", 7.0)), retries=1, name="Fetching") == "done"
    assert waits == [7.0]


def test_a_server_that_asks_for_too_much_is_not_waited_for(waits: list[float]) -> None:
    with pytest.raises(PassingFaultError):
        try_again(_fail(PassingFaultError("busy", 3600.0)), retries=5, name="Fetching")
    assert waits == []


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), ("12", 12.0), ("soon", None), ("-3", None)]
)
def test_retry_after_is_read_as_seconds(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value) == seconds


def test_retry_after_is_read_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    seconds = read_retry_after(later)
    assert seconds is not None
    assert 90 < seconds <= 100
    assert read_retry_after("Wed, 01 Jan 2020 00:00:00 GMT") == 0
