"""Count what ingestion found, mended and set aside."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.ingestion.grouping import LINK_KINDS, expect_leakage
from crack_pipeline.ingestion.repairs import explain_mending
from crack_pipeline.manifest import OK, SET_ASIDE, require_for_task
from crack_pipeline.masks.repair import DOUBTS
from crack_pipeline.task_specs import task_names
from crack_pipeline.types import SPLITS

Report = dict[str, Any]

CLAIM = (
    "No known duplicate or overlapping patch crosses the split. That no photo of one place crosses "
    "it cannot be told from the files alone."
)
CROSSING = (
    "Groups that cross the split: {n_groups}, with {n_photos} photos, since photos that are linked "
    "with official test or validation photos were kept: the test flatters."
)
NOT_DIVIDED = "The photos could not be divided: there is no split to say anything of."
KEPT = "kept in train, or in official validation: the official test flatters"

_SIZES_SHOWN = 8
_GROUPS_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """Tables and settings from which a report is made.

    Attributes:
        dataset: Name of the data set.
        origin: Of the source: ``source``, ``title``, ``licence``, ``citation``, ``homepage``.
        folder: Where its files lie.
        photos: One row a photo, as ``divide_grouped`` gives it.
        links: What links the photos of a group, as ``group_checked`` gives it.
        searches: What was searched for besides, and how long it took.
        leaking_train: What happens to train and validation photos that leak.
        problem: Why the photos cannot be divided; empty where they are.
    """

    dataset: str
    origin: Mapping[str, str]
    folder: str
    photos: pd.DataFrame
    links: pd.DataFrame
    searches: Mapping[str, Any] = field(default_factory=dict)
    leaking_train: str = "drop"
    problem: str = ""


def report_manifest(manifest: pd.DataFrame, findings: Findings) -> Report:
    """Count everything that ingestion has to say about a data set.

    Args:
        manifest: A validated manifest; without splits where the photos cannot be divided.
        findings: What it was made from.

    Returns:
        Nested counts, ready for JSON.
    """
    usable = manifest[manifest["status"] == OK]
    aside = manifest[manifest["status"] == SET_ASIDE]
    return {
        "dataset": findings.dataset,
        **findings.origin,
        "folder": findings.folder,
        "problem": findings.problem,
        "files": len(manifest),
        "usable": len(usable),
        "set_aside": len(aside),
        "set_aside_by_reason": _count(aside["reason"].str.split(":").str[0]),
        "set_aside_files": dict(zip(aside["image_id"], aside["reason"], strict=True)),
        "mended": _count_mended(usable["mended"]),
        "doubtful_files": _list_doubtful(usable),
        "labels": _count_labels(usable),
        "masks": int(usable["mask_path"].notna().sum()),
        "splits": {part: _count_split(usable[usable["split"] == part]) for part in SPLITS},
        "folds": _count_folds(usable),
        "groups": _count_groups(usable),
        "duplicates": _count_duplicates(usable),
        "leakage": {**_count_leakage(findings), **_judge_split(usable)},
        "leaking_into_official_splits": _name_leaks(findings),
        "sizes_px": _count_sizes(usable),
        "fit_for": {task: _judge_fitness(manifest, task) for task in task_names()},
    }


def _count(values: pd.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in values.value_counts().items()}


def _count_mended(mended: pd.Series) -> dict[str, int]:
    names = Counter(name for row in mended for name in row.split(";") if name)
    return {name: n for name, n in names.most_common() if name not in DOUBTS}


def _list_doubtful(photos: pd.DataFrame) -> dict[str, str]:
    """Photos that are used although their mask looks wrong → what is doubted."""
    doubted = {
        image_id: DOUBTS.intersection(names.split(";"))
        for image_id, names in zip(photos["image_id"], photos["mended"], strict=True)
    }
    return {
        str(image_id): "; ".join(explain_mending(name) for name in sorted(names))
        for image_id, names in doubted.items()
        if names
    }


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


def _count_duplicates(photos: pd.DataFrame) -> dict[str, int]:
    copies = photos[photos["sha256"].duplicated(keep=False)]
    labels_of_copies = copies.groupby("sha256")["label"].nunique()
    return {
        "distinct_contents": int(photos["sha256"].nunique()),
        "exact_copies": int(photos["sha256"].duplicated().sum()),
        "contents_with_contradicting_labels": int((labels_of_copies > 1).sum()),
    }


def _count_folds(photos: pd.DataFrame) -> dict[str, dict[str, int]]:
    folds = sorted(int(fold) for fold in photos["fold"].dropna().unique())
    return {str(fold): _count_split(photos[photos["fold"] == fold]) for fold in folds}


def _count_leakage(findings: Findings) -> Report:
    """Expected leakage of a random split of all usable photos and of those dropped as leaking."""
    leaks = findings.photos["leaks_into"].notna()
    photos = findings.photos[(findings.photos["reason"] == "") | leaks]
    sizes = photos["group_id"].value_counts()
    links = findings.links
    kinds = {kind: links[links["kind"] == kind] for kind in LINK_KINDS}
    linked = {
        kind: len(set(found["first_id"]) | set(found["second_id"])) for kind, found in kinds.items()
    }
    return {
        "photos": len(photos),
        "groups": len(sizes),
        "groups_of_several_photos": int((sizes > 1).sum()),
        "photos_in_them": int(sizes[sizes > 1].sum()),
        "largest_group": int(sizes.max()) if len(sizes) else 0,
        "photos_linked_by": linked,
        "links": {kind: len(found) for kind, found in kinds.items()},
        "random_80_20": expect_leakage(photos["group_id"]),
        "searches": dict(findings.searches),
    }


def _judge_split(photos: pd.DataFrame) -> Report:
    """Count the groups that cross the split, and say what follows."""
    divided = photos[photos["split"].notna()]
    parts_of = divided.groupby("group_id")["split"].transform("nunique")
    crossing = divided[parts_of > 1]
    n_groups = int(crossing["group_id"].nunique())
    claim = CROSSING.format(n_groups=n_groups, n_photos=len(crossing)) if n_groups else CLAIM
    return {
        "groups_that_cross_the_split": n_groups,
        "claim": NOT_DIVIDED if divided.empty else claim,
    }


def _name_leaks(findings: Findings) -> Report:
    """Train and validation photos that an official photo is linked with, by name."""
    photos = findings.photos
    leaks = photos[photos["leaks_into"].notna()]
    n_validation = int((leaks["official_split"] == "validation").sum())
    is_official = photos["official_split"].isin(["test", "validation"])
    is_held = is_official & (photos["reason"] == "") & photos["leaks_into"].isna()
    concerned = photos[is_held & photos["group_id"].isin(leaks["group_id"])]
    columns = ("image_id", "leaks_into", "leak_partner", "leak_link")
    named = zip(*(leaks[column] for column in columns), strict=True)
    return {
        "leaking_train": findings.leaking_train,
        "train_photos": len(leaks) - n_validation,
        "validation_photos": n_validation,
        "what_happens": "set aside" if findings.leaking_train == "drop" else KEPT,
        "by_link": _count(leaks["leak_link"]),
        "photos": {
            str(photo): {"part": str(part), "partner": str(partner), "linked_by": str(link)}
            for photo, part, partner, link in named
        },
        "official_photos": sorted(map(str, concerned["image_id"])),
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
