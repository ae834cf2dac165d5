"""Progress: a bar in a terminal, plain lines elsewhere, the items always as they came."""

import io
import logging

import pytest

from crack_pipeline import progress
from crack_pipeline.progress import track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _go_through(n_items: int) -> list[int]:
    return list(track(range(n_items), total=n_items, description="Checking photos", unit="photos"))


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert _go_through(3) == [0, 1, 2]
    assert "Checking photos" in terminal.getvalue()


def test_anything_else_gets_plain_lines(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level(logging.INFO):
        assert _go_through(3) == [0, 1, 2]
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(",")[0] for line in lines] == [
        "Checking photos: 1 of 3 photos",
        "Checking photos: 2 of 3 photos",
    ]


def test_short_work_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with caplog.at_level(logging.INFO):
        _go_through(3)
    assert caplog.records == []
