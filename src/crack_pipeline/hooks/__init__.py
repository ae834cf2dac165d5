"""Hooks around Kedro's runs: checks of what the user typed, lines per stage, and tracking."""

from crack_pipeline.hooks.checks import ProjectChecksHook
from crack_pipeline.hooks.stages import StagesHook
from crack_pipeline.hooks.tracking import TrackingHook

__all__ = ["ProjectChecksHook", "StagesHook", "TrackingHook"]
