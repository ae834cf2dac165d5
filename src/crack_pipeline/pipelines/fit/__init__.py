"""The ``fit`` stage."""

from crack_pipeline.pipelines.fit.pipeline import create_pipeline

__all__ = ["create_pipeline"]
