"""Crack models from inspection photos: trained, measured, explained and tracked."""

import os
from typing import TYPE_CHECKING

from crack_pipeline.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from crack_pipeline.inspection.crack_model import CrackModel

# TensorFlow reads these when it is first imported, wherever that is; the user's own setting wins.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

__all__ = ["__version__", "load_model"]


def load_model(model: "str | Path") -> "CrackModel":
    """Load a trained model that measures cracks in photos.

    Args:
        model: ``starter`` where it is installed; folder of the model,
            ``data/06_models/<data set>/<task>``; or the id of a run, where the environment
            variable ``MLFLOW_TRACKING_URI`` names the store.

    Returns:
        The model, with ``measure``.

    Raises:
        CrackPipelineError: If there is none, or it was not evaluated.
    """
    from crack_pipeline.inspection.crack_model import CrackModel
    from crack_pipeline.tracking.model_choice import choose_model

    return CrackModel(choose_model(str(model))[0])
