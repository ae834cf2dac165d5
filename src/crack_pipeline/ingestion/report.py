"""Count what ingestion found, mended and set aside."""

from collections import Counter
from typing import Any

import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.ingestion.dividing import LEAKS
from crack_pipeline.manifest import OK, SET_ASIDE, require_for_task
from crack_pipeline.types import SPLITS, TASKS

Report = dict[str, Any]

_SIZES_SHOWN = 8
_GROUPS_SHOWN = 10


def report_manifest(
    manifest: pd.DataFrame, *, source: str, folder: str, has_near_duplicate: pd.Series
) -> Report:
    """Count everything that ingestion has to say about a data set.

    Args:
        manifest: A validated manifest.
        source: Name of the data source.
        folder: Where its files lie.
        has_near_duplicate: Boolean by image id: verified near-duplicates of another photo.

    Returns:
        Nested counts, ready for JSON.
    """
    usable = manifest[manifest["status"] == OK]
    aside = manifest[manifest["status"] == SET_ASIDE]
    return {
        "source": source,
        "folder": folder,
        "files": len(manifest),
        "usable": len(usable),
        "set_aside": len(aside),
        "set_aside_by_reason": _count(aside["reason"].str.split(":").str[0]),
        "set_aside_files": dict(zip(aside["image_id"], aside["reason"], strict=True)),
        "mended": _count_mended(usable["mended"]),
        "labels": _count_labels(usable),
        "masks": int(usable["mask_path"].notna().sum()),
        "splits": {part: _count_split(usable[usable["split"] == part]) for part in SPLITS},
        "groups": _count_groups(usable),
        "duplicates": _count_duplicates(usable, has_near_duplicate),
        "leaking_into_official_splits": _count_leaks(aside),
        "sizes_px": _count_sizes(usable),
        "fit_for": {task: _judge_fitness(manifest, task) for task in TASKS},
    }


def _count(values: pd.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in values.value_counts().items()}


def _count_mended(mended: pd.Series) -> dict[str, int]:
    names = Counter(name for row in mended for name in row.split(";") if name)
    return dict(names.most_common())


def _count_labels(photos: pd.DataFrame) -> dict[str, int]:
    labels = photos["label"]
    return {
        "crack": int((labels == 1).sum()),
        "no_crack": int((labels == 0).sum()),
        "unknown": int(labels.isna().sum()),
    }


def _count_split(photos: pd.DataFrame) -> dict[str, int]:
    n_groups = int(photos["group_id"].nunique())
    return {"photos": len(photos), **_count_labels(photos), "groups": n_groups}


def _count_groups(photos: pd.DataFrame) -> Report:
    sizes = photos["group_id"].value_counts()
    largest = sizes.sort_index().sort_values(ascending=False, kind="stable")
    largest = largest[largest > 1].head(_GROUPS_SHOWN)
    return {
        "count": len(sizes),
        "of_several_photos": int((sizes > 1).sum()),
        "groups_by_size": {
            str(size): int(n) for size, n in sizes.value_counts().sort_index().items()
        },
        "largest": {str(group): int(size) for group, size in largest.items()},
    }


def _count_duplicates(photos: pd.DataFrame, has_near_duplicate: pd.Series) -> dict[str, int]:
    copies = photos[photos["sha256"].duplicated(keep=False)]
    labels_of_copies = copies.groupby("sha256")["label"].nunique()
    return {
        "distinct_contents": int(photos["sha256"].nunique()),
        "exact_copies": int(photos["sha256"].duplicated().sum()),
        "photos_with_near_duplicate": int(has_near_duplicate.sum()),
        "contents_with_contradicting_labels": int((labels_of_copies > 1).sum()),
    }


def _count_leaks(aside: pd.DataFrame) -> Report:
    leaks = aside[aside["reason"].str.startswith(LEAKS)]
    return {
        "train_photos_set_aside": len(leaks),
        "groups": sorted(leaks["group_id"].dropna().unique().tolist()),
    }


def _count_sizes(photos: pd.DataFrame) -> dict[str, int]:
    sizes = photos["width_px"].astype(str) + "×" + photos["height_px"].astype(str)
    counted = _count(sizes)
    shown = dict(list(counted.items())[:_SIZES_SHOWN])
    rest = sum(counted.values()) - sum(shown.values())
    return shown | ({"other": rest} if rest else {})


def _judge_fitness(manifest: pd.DataFrame, task: Any) -> str:
    try:
        require_for_task(manifest, task)
    except ManifestError as error:
        return f"no: {error.received}"
    return "yes"
