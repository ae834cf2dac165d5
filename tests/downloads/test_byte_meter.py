"""Progress in bytes: a bar in a terminal, plain lines elsewhere."""

import io
import logging

import pytest

from crack_pipeline.downloads import byte_meter
from crack_pipeline.downloads.byte_meter import ByteMeter, format_bytes


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _advance(total_bytes: int | None) -> None:
    with ByteMeter("Fetching photos.zip", total_bytes, 1_000_000) as meter:
        meter.advance(500_000)
        meter.advance(500_000)


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    _advance(4_000_000)
    assert "Fetching photos.zip" in terminal.getvalue()


@pytest.mark.parametrize(
    ("total_bytes", "expected"),
    [(4_000_000, "Fetching photos.zip: 1.5 MB of 4.0 MB"), (None, "Fetching photos.zip: 1.5 MB")],
)
def test_anything_else_gets_plain_lines(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    total_bytes: int | None,
    expected: str,
) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    monkeypatch.setattr(byte_meter, "_SECONDS_BETWEEN_LINES", 0.0)
    with caplog.at_level(logging.INFO):
        _advance(total_bytes)
    assert caplog.records[0].getMessage().split(",")[0] == expected


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (3e15, "3000.0 TB")],
)
def test_bytes_are_written_for_people(n_bytes: float, text: str) -> None:
    assert format_bytes(n_bytes) == text
