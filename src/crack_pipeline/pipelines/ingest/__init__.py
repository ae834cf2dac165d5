"""The ``ingest`` stage."""

from crack_pipeline.pipelines.ingest.pipeline import create_pipeline

__all__ = ["create_pipeline"]
