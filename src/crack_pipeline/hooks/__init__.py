"""What happens around Kedro's runs: checks of what the user typed, and tracking."""

from crack_pipeline.hooks.checks import ProjectChecksHook
from crack_pipeline.hooks.tracking import TrackingHook

__all__ = ["ProjectChecksHook", "TrackingHook"]
