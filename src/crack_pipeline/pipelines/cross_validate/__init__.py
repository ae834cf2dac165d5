"""The ``cross_validate`` pipeline."""

from crack_pipeline.pipelines.cross_validate.pipeline import create_pipeline

__all__ = ["create_pipeline"]
