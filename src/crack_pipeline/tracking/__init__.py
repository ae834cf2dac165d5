"""Recording of runs; the only package that imports MLflow, and not before a run needs it."""

from crack_pipeline.tracking.active import (
    RecordedRun,
    active_run_id,
    log_epoch,
    open_child_run,
    tag_run,
)

__all__ = ["RecordedRun", "active_run_id", "log_epoch", "open_child_run", "tag_run"]
