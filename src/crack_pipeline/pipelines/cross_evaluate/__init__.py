"""The ``cross_evaluate`` pipeline."""

from crack_pipeline.pipelines.cross_evaluate.pipeline import create_pipeline

__all__ = ["create_pipeline"]
