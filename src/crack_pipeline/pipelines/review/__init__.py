"""The ``review`` pipeline."""

from crack_pipeline.pipelines.review.pipeline import create_pipeline

__all__ = ["create_pipeline"]
