"""The ``score`` pipeline."""

from crack_pipeline.pipelines.score.pipeline import create_pipeline

__all__ = ["create_pipeline"]
