"""Recording of runs; the only package that imports MLflow, and not before a run needs it."""

from crack_pipeline.tracking.active import active_run_id, log_epoch

__all__ = ["active_run_id", "log_epoch"]
