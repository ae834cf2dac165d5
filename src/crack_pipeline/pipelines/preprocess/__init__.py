"""The ``preprocess`` stage."""

from crack_pipeline.pipelines.preprocess.pipeline import create_pipeline

__all__ = ["create_pipeline"]
