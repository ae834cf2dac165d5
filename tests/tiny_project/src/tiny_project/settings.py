"""The settings under test."""

from crack_pipeline.settings import *  # noqa: F403
