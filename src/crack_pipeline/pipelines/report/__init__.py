"""The ``report`` stage."""

from crack_pipeline.pipelines.report.pipeline import create_pipeline

__all__ = ["create_pipeline"]
