"""The ``leakage`` pipeline."""

from crack_pipeline.pipelines.leakage.pipeline import create_pipeline

__all__ = ["create_pipeline"]
