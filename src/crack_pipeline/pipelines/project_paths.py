"""Paths in parameters are relative to the project, wherever in it a command is run."""

from pathlib import Path

from kedro.utils import find_kedro_project


def in_project(path: Path) -> Path:
    """Resolve a path against the project's folder.

    Args:
        path: Relative to the project, or absolute.

    Returns:
        The absolute path.
    """
    return (find_kedro_project(Path.cwd()) or Path.cwd()) / path
