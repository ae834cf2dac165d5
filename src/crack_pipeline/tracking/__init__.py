"""Recording of runs; the only package that imports MLflow, and not before a run needs it."""

from crack_pipeline.tracking.active import (
    ChildRun,
    active_run_id,
    log_epoch,
    open_child_run,
    tag_run,
)

__all__ = ["ChildRun", "active_run_id", "log_epoch", "open_child_run", "tag_run"]
