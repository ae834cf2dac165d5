"""The ``augment`` stage."""

from crack_pipeline.pipelines.augment.pipeline import create_pipeline

__all__ = ["create_pipeline"]
