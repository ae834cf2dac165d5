"""Where a run comes from: code, command and package versions."""

import getpass
import platform
import subprocess
import sys
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
    return {
        **describe_git(project_path),
        **describe_command(),
        **describe_user(),
        **describe_versions(),
    }


def describe_user() -> dict[str, str]:
    """Who ran it, as the operating system knows; nothing where it does not."""
    try:
        return {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        return {}


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


def describe_command() -> dict[str, str]:
    """The command line, as the user typed it."""
    program = Path(sys.argv[0]).name
    command = " ".join([program, *sys.argv[1:]])
    return {"kedro_command": command, "mlflow.source.name": command, "mlflow.source.type": "LOCAL"}


def describe_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide results, read without importing them."""
    versions = {"version.python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[f"version.{package}"] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _git(project_path: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=project_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
