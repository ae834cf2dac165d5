"""The ``predict`` pipeline."""

from crack_pipeline.pipelines.predict.pipeline import create_pipeline

__all__ = ["create_pipeline"]
