"""The commands under test."""

from crack_pipeline.cli import cli, run

__all__ = ["cli", "run"]
