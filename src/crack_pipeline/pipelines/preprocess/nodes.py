"""Nodes of the ``preprocess`` stage."""

from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.figures.tile_sheets import draw_tile_sheet
from crack_pipeline.pipelines.params import PreprocessingParams
from crack_pipeline.pipelines.project_paths import in_project
from crack_pipeline.tiles.cutting import describe_store, ensure_tile_store
from crack_pipeline.tiles.store import open_tile_store
from crack_pipeline.types import Task


def cut_tiles(
    manifest: pd.DataFrame, task: Task, preprocessing: PreprocessingParams
) -> dict[str, Any]:
    """Cut the train and validation photos into a tile store, unless a current one is there.

    Args:
        manifest: A validated manifest.
        task: What the tiles are for.
        preprocessing: How to cut, and where to.

    Returns:
        The store's handle: its path and key, and what prediction must repeat.
    """
    settings = preprocessing.for_task(task)
    folder, _ = ensure_tile_store(
        manifest, in_project(preprocessing.store_path), task=task, settings=settings
    )
    return describe_store(folder, manifest, task, settings)


def show_tiles(tile_store: dict[str, Any], preprocessing: PreprocessingParams) -> Figure:
    """Draw a contact sheet of tiles, masks outlined.

    Args:
        tile_store: The store's handle.
        preprocessing: For the seed of the choice.

    Returns:
        The figure.
    """
    store = open_tile_store(Path(tile_store["path"]))
    return draw_tile_sheet(store, seed=preprocessing.sheet_seed)
