"""A store in a file, and one that can be told to die."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from crack_pipeline.tracking.journal import Journal, Record
from crack_pipeline.tracking.store import StoreUnreachableError, TrackingStore


@dataclass
class MortalStore(TrackingStore):
    """Takes a number of records, then none."""

    takes: int = 1000

    def send(self, run_id: str, record: Record, journal: Journal) -> None:
        if self.takes == 0:
            raise StoreUnreachableError("gone")
        self.takes -= 1
        super().send(run_id, record, journal)


@pytest.fixture
def store(tmp_path: Path, empty_tracking_store: Path) -> MortalStore:
    """An SQLite store that takes everything until ``takes`` is set."""
    shutil.copy(empty_tracking_store, tmp_path / "mlflow.db")
    return MortalStore(
        f"sqlite:///{tmp_path / 'mlflow.db'}", "trials", (tmp_path / "mlartifacts").as_uri()
    )


@pytest.fixture
def other_store(tmp_path: Path, empty_tracking_store: Path) -> TrackingStore:
    """Another SQLite store."""
    shutil.copy(empty_tracking_store, tmp_path / "other.db")
    return TrackingStore(
        f"sqlite:///{tmp_path / 'other.db'}", "trials", (tmp_path / "other").as_uri()
    )


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Where journals go."""
    return tmp_path / "outbox"


@pytest.fixture
def dead_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals look as if the process that wrote them were gone."""
    monkeypatch.setattr(Journal, "is_abandoned", lambda _: True)
