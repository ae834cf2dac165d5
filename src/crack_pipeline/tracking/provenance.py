"""Where a run comes from: code, command and package versions."""

import getpass
import platform
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "crack-pipeline",
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "numpy",
    "opencv-python",
    "opencv-python-headless",
    "kedro",
    "mlflow",
)


def describe_provenance(project_path: Path) -> dict[str, str]:
    """Collect the tags that say how to make a run again.

    Args:
        project_path: Folder of the project.

    Returns:
        Tag → value: git commit and whether files differ from it, command, versions of what is
        installed.
    """
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    # MLflow shows what follows the last slash of a source: paths in parameters would hide the rest.
    source = command.partition(" --params")[0]
    told = {"kedro_command": command, "mlflow.source.name": source, "mlflow.source.type": "LOCAL"}
    with suppress(KeyError, OSError):  # the operating system may not know the user
        told["mlflow.user"] = getpass.getuser()
    return {**describe_git(project_path), **told, **describe_versions()}


def describe_git(project_path: Path) -> dict[str, str]:
    """Commit of the working tree; "unknown" outside a repository."""
    commit = _git(project_path, "rev-parse", "HEAD")
    if commit is None:
        return {"git_commit": "unknown"}
    dirty = _git(project_path, "status", "--porcelain")
    return {
        "git_commit": commit,
        "git_dirty": str(bool(dirty)).lower(),
        "mlflow.source.git.commit": commit,
    }


def describe_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide results, read without importing them."""
    versions = {"version.python": platform.python_version()}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            versions[f"version.{package}"] = version(package)
    return versions


def _git(project_path: Path, *arguments: str) -> str | None:
    command = ["git", *arguments]
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.check_output(
            command, cwd=project_path, stderr=subprocess.DEVNULL, text=True, timeout=10
        ).strip()
    return None
