"""The ``compare_models`` pipeline."""

from crack_pipeline.pipelines.compare_models.pipeline import create_pipeline

__all__ = ["create_pipeline"]
