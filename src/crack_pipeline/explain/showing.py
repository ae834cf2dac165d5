"""The photo on which the inside of a network is shown."""

from pathlib import Path

import numpy as np
import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.explain.inputs import cut_tile, resize_whole
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import RgbImage


def choose_shown_photo(manifest: pd.DataFrame, info: ModelInfo) -> tuple[str, RgbImage]:
    """Take the first test photo with crack, as the network is shown it.

    Args:
        manifest: A validated manifest.
        info: What the network takes.

    Returns:
        Its id, and (T, T, 3) uint8: for segmentation the tile with most crack.

    Raises:
        ManifestError: If the test split is empty.
    """
    rows = usable_rows(manifest, "test")
    if rows.empty:
        raise ManifestError(
            "Explanations are made of test photos.",
            received="no usable photo in the test split",
            remedy="Add photos, or change `splitting` in the ingestion parameters.",
        )
    cracked = rows[rows["label"].eq(1).fillna(False)]
    row = (rows if cracked.empty else cracked).iloc[0]
    image = read_image(Path(row["image_path"]))
    if task_spec(info.task).truth != "masks":
        return str(row["image_id"]), resize_whole(image, {}, info).photo
    has_mask = isinstance(row["mask_path"], str)
    wanted = read_mask(Path(row["mask_path"])) if has_mask else np.zeros(image.shape[:2], np.uint8)
    return str(row["image_id"]), cut_tile(image, {}, info, wanted=wanted).photo
