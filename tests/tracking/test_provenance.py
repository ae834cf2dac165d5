import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from crack_pipeline.tracking.provenance import (
    describe_git,
    describe_provenance,
    describe_versions,
)


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    command = ["git", *identity, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_commit_and_changes_are_told(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-q", "-m", "first")
    commit = _git(tmp_path, "rev-parse", "HEAD")
    assert describe_git(tmp_path)["git_commit"] == commit
    assert describe_git(tmp_path)["git_dirty"] == "false"
    (tmp_path / "a").write_text("2")
    assert describe_git(tmp_path)["git_dirty"] == "true"


def test_folder_outside_a_repository_is_no_error(tmp_path: Path) -> None:
    assert describe_git(tmp_path) == {"git_commit": "unknown"}


def test_versions_are_read_without_an_import() -> None:
    versions = describe_versions()
    assert versions["version.keras"] == version("keras")
    assert {"version.python", "version.mlflow", "version.crack-pipeline"} <= set(versions)


def test_command_is_told_as_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/bin/kedro", "run", "--env=metu"])
    assert describe_provenance(tmp_path)["kedro_command"] == "kedro run --env=metu"


def test_the_source_of_a_run_holds_no_path_of_a_parameter(tmp_path, monkeypatch):
    command = ["/bin/kedro", "run", "--env=folder", "--params=ingestion.path=/my/photos"]
    monkeypatch.setattr("sys.argv", command)
    told = describe_provenance(tmp_path)
    assert told["mlflow.source.name"] == "kedro run --env=folder"
    assert told["kedro_command"].endswith("/my/photos")
