"""Nodes of the ``augment`` stage."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.figures.tile_sheets import draw_augmentation_sheet
from crack_pipeline.pipelines.params import AugmentationParams
from crack_pipeline.tiles.store import open_tile_store
from crack_pipeline.types import Task


def plan_augmentation(
    tile_store: dict[str, Any], task: Task, augmentation: AugmentationParams
) -> dict[str, Any]:
    """Settle what training does to these tiles; the transforms are drawn there, step by step.

    Args:
        tile_store: Handle of the store that the plan is for.
        task: What the tiles are for.
        augmentation: The policies.

    Returns:
        The plan: the store's key, whether to augment, and the policy.
    """
    policy = augmentation.for_task(task)
    return {
        "tile_store_key": tile_store["key"],
        "enabled": augmentation.enabled,
        "policy": policy.model_dump(mode="json"),
        "sheet_seed": augmentation.sheet_seed,
    }


def show_augmentation(tile_store: dict[str, Any], augmentation_plan: dict[str, Any]) -> Figure:
    """Draw originals beside augmented draws, mask outlined.

    Args:
        tile_store: The store's handle.
        augmentation_plan: From ``plan_augmentation``.

    Returns:
        The figure.
    """
    store = open_tile_store(Path(tile_store["path"]))
    policy = AugmentationPolicy.model_validate(augmentation_plan["policy"])
    return draw_augmentation_sheet(store, policy, seed=augmentation_plan["sheet_seed"])
