"""Group the usable photos of a checked listing."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.splits.duplicates import find_near_duplicates
from crack_pipeline.splits.groups import group_photos
from crack_pipeline.splits.settings import DuplicateSettings


def group_checked(
    checked: pd.DataFrame, thumbnails: NDArray[np.uint8], settings: DuplicateSettings
) -> pd.DataFrame:
    """Give each usable photo the group of its duplicates and of its photo's other patches.

    Args:
        checked: One row a photo, as ``check_listing`` gives it.
        thumbnails: (N, 64, 64) uint8 of the same photos.
        settings: What counts as a near-duplicate.

    Returns:
        The rows with ``group_id`` (missing where set aside) and ``has_near_duplicate``.
    """
    usable = np.flatnonzero((checked["reason"] == "").to_numpy())
    rows = checked.iloc[usable]
    # Exact copies are linked by content: their pictures need no comparison.
    distinct = np.flatnonzero(~rows["sha256"].duplicated().to_numpy())
    pairs = find_near_duplicates(
        rows["phash"].iloc[distinct].tolist(), thumbnails[usable[distinct]], settings
    )
    near = distinct[pairs]
    groups = group_photos(rows["image_id"], same=[rows["sha256"], rows["photo_id"]], near=near)
    has_near_duplicate = np.zeros(len(checked), bool)
    has_near_duplicate[usable[near.ravel()]] = True
    return checked.assign(group_id=groups, has_near_duplicate=has_near_duplicate)
