"""The ``compare_runs`` pipeline."""

from crack_pipeline.pipelines.compare_runs.pipeline import create_pipeline

__all__ = ["create_pipeline"]
