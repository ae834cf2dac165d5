"""Data of the starter: cracks drawn onto real surfaces, real patches, and drawn photos.

Layout of the folder; METU's and SDNET2018's own files stay where they are::

    composites/images|masks|coverage/<n>.jpg|png   cracks drawn onto crack-free patches
    drawn/images|masks|coverage/<n>.jpg|png        cracks drawn onto drawn surfaces
    cracked/masks/<stem>.png                       estimated masks of METU's cracked patches
    starter.csv                                    one row a photo
    starter.json                                   finished marker; written last

A patch, and what is drawn on it, bear the patch's ``photo_id``: they are never divided.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.data_source import ListedImage, Source
from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.images.reading import read_image
from crack_pipeline.sources.class_folders import METU
from crack_pipeline.sources.drawing.composites import draw_composite, lay_patch
from crack_pipeline.sources.drawing.folder import (
    begin_drawing,
    draw_each,
    encode_jpeg,
    encode_png,
    finish_drawing,
)
from crack_pipeline.sources.drawing.noise import Rng
from crack_pipeline.sources.drawing.pseudo_labels import label_patch
from crack_pipeline.sources.drawing.surfaces import ASPHALTS, SURFACES
from crack_pipeline.sources.sdnet2018 import SOURCE as SDNET2018
from crack_pipeline.spreadsheets import write_sheet
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import UserPath

DRAWING_VERSION = 1
"""Counts up with every change of what is drawn."""

FINISHED_MARKER, TABLE = "starter.json", "starter.csv"
ESTIMATED = "mask_estimated"
"""Noted of photos whose mask is an estimate: they count in training only."""

FOLDERS = ("composites", "drawn", "cracked")
logger = logging.getLogger(__name__)

_SIZE = (256, 448)
_COLUMNS = ("image_id", "image_path", "mask_path", "label", "photo_id", "surface", "noted")
_KINDS = {"images": ".jpg", "masks": ".png", "coverage": ".png"}
_SURFACES_OF_SDNET2018 = ("pavement", "bridge deck")
_ASPHALT_SHARE = 0.6
_CRACK_SHARE = {"composites": 0.8, "drawn": 0.7}


class StarterSettings(BaseModel):
    """How many photos of each kind the starter learns from.

    Attributes:
        composites: Photos with cracks drawn onto crack-free patches.
        drawn: Photos that are drawn whole, most of them asphalt.
        crack_free: Crack-free patches, at most as many as there are.
        cracked: Cracked patches whose masks are estimated; some are left out then.
        seed: Any other seed gives other photos and another choice.
        sdnet2018: Folder of SDNET2018, whose crack-free pavements and bridge decks join; None to
            do without.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    composites: int = Field(1200, ge=1, le=100_000)
    drawn: int = Field(900, ge=0, le=100_000)
    crack_free: int = Field(2000, ge=0, le=100_000)
    cracked: int = Field(900, ge=0, le=100_000)
    seed: int = Field(0, ge=0, lt=2**63)
    sdnet2018: UserPath | None = None


@dataclass(frozen=True, slots=True)
class _Patch:
    """A photo of a real surface."""

    name: str
    path: Path
    label: int
    surface: str
    photo_id: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """One photo to draw, or one patch whose mask is estimated."""

    kind: Literal["composites", "drawn", "cracked"]
    name: str
    seed: tuple[int, int, int]
    patch: _Patch | None
    surface: str
    has_crack: bool = True


def draw_starter(folder: Path, metu: Path, settings: StarterSettings, *, n_jobs: int = -1) -> None:
    """Draw the photos of the starter, or what is missing of them.

    Args:
        folder: Where they are drawn.
        metu: Folder of METU's patches.
        settings: How many of each kind.
        n_jobs: Number of processes; -1 for one a core.

    Raises:
        LayoutError: If there are no patches of METU, or none of SDNET2018.
        SourceError: If none is crack-free.
        StorageError: If the folder cannot be written.
    """
    patches = _choose_patches(metu, settings)
    plans = _plan(patches, settings)
    record = {
        "version": DRAWING_VERSION,
        "settings": settings.model_dump(mode="json"),
        "patches": hashlib.sha256(repr(patches).encode()).hexdigest(),
    }
    files = {f"{kind}/{part}": f"*{end}" for kind in FOLDERS for part, end in _KINDS.items()}
    with explain_write_errors("The starter's photos must be written to their folder.", folder):
        finished = begin_drawing(folder, FINISHED_MARKER, record, files)
        missing = [
            plan
            for plan in plans
            if not _locate(folder, plan, "masks").is_file()
            and not (finished and plan.kind == "cracked")  # it was in doubt before
        ]
        draw_each(
            partial(_draw, folder=folder),
            missing,
            n_jobs=n_jobs,
            description="Drawing onto surfaces",
        )
        content = write_sheet(_tabulate(folder, patches, plans)).encode()
        finish_drawing(folder, FINISHED_MARKER, folder / TABLE, content)


def list_starter(folder: Path) -> list[ListedImage]:
    """List the photos of a drawn starter.

    Raises:
        LayoutError: If the folder holds no finished one.
    """
    try:
        (folder / FINISHED_MARKER).read_bytes()
        table = pd.read_csv(folder / TABLE, dtype="string", keep_default_na=False)
        return [
            ListedImage(
                image_id=row["image_id"],
                image_path=Path(row["image_path"]),
                mask_path=Path(row["mask_path"]) if row["mask_path"] else None,
                mask_format="image" if row["mask_path"] else "empty",
                label=int(row["label"]) if row["label"] else None,
                photo_id=row["photo_id"],
                surface=row["surface"],
                noted=row["noted"],
            )
            for row in cast("list[dict[str, str]]", table.to_dict("records"))
        ]
    except (OSError, ValueError, KeyError) as error:
        raise LayoutError(
            f"The starter's folder holds {FINISHED_MARKER} and {TABLE}.",
            received=f"{folder} ({type(error).__name__}: {error})",
            remedy="Run `kedro run --pipeline=ingest --env=starter` to draw it.",
        ) from error


def find_coverage(mask_path: Path) -> Path | None:
    """File of the exact coverage beside a drawn mask, as shares of 255; None of other masks."""
    path = mask_path.parents[1] / "coverage" / mask_path.name
    return path if mask_path.parents[1].name in _CRACK_SHARE and path.is_file() else None


SOURCE = Source(
    name="starter",
    title="Starter: cracks drawn onto METU's surfaces, METU's patches, drawn photos",
    list_photos=list_starter,
    layout=f"{', '.join(FOLDERS)}, {TABLE} and {FINISHED_MARKER}, all of them drawn; "
    f"`ingestion.path` names METU: {METU.layout}",
    licence="CC BY 4.0 (METU, SDNET2018), Apache-2.0 (what is drawn)",
    citation=METU.citation,
    homepage=METU.homepage,
    has_crops=True,
    obeys_lists=True,
    is_composite=True,
    find_coverage=find_coverage,
)


def _choose_patches(metu: Path, settings: StarterSettings) -> list[_Patch]:
    listed = [
        _Patch(f"metu/{one.image_id}", one.image_path, one.label or 0, "concrete", one.image_id)
        for one in METU.list_photos(metu)
        if not one.reason
    ]
    if settings.sdnet2018 is not None:
        listed += _list_sdnet2018(settings.sdnet2018)
    crack_free, cracked = ([one for one in listed if one.label == label] for label in (0, 1))
    if not crack_free:
        raise SourceError(
            "The starter draws its cracks onto crack-free patches.",
            received=f"{metu}: {len(cracked)} cracked patches, none without crack",
            remedy="Name the folder that holds METU's Positive and Negative with "
            "--params=ingestion.path=/where/it/is.",
        )
    rng = np.random.default_rng([settings.seed, 0])
    few = max(settings.crack_free, min(settings.composites, len(crack_free)))
    return _pick(rng, crack_free, few) + _pick(rng, cracked, settings.cracked)


def _list_sdnet2018(folder: Path) -> list[_Patch]:
    found = [
        _Patch(
            f"sdnet2018/{one.image_id}",
            one.image_path,
            0,
            str(one.surface),
            f"sdnet2018/{one.image_path.stem.partition('-')[0]}",
        )
        for one in SDNET2018.list_photos(folder)
        if one.label == 0 and not one.reason and one.surface in _SURFACES_OF_SDNET2018
    ]
    if not found:
        raise SourceError(
            "`ingestion.starter.sdnet2018` names a folder with crack-free pavements or decks.",
            received=f"{folder} without any",
            remedy=f"It holds {SDNET2018.layout}; or leave the parameter out.",
        )
    return found


def _pick(rng: Rng, patches: Sequence[_Patch], count: int) -> list[_Patch]:
    chosen = np.sort(rng.permutation(len(patches))[:count])
    return [patches[index] for index in chosen]


def _plan(patches: Sequence[_Patch], settings: StarterSettings) -> list[_Plan]:
    crack_free = [one for one in patches if one.label == 0]
    plans = [
        _plan_composite((settings.seed, 1, index), crack_free[index % len(crack_free)])
        for index in range(settings.composites)
    ]
    plans += [_plan_drawn((settings.seed, 2, index)) for index in range(settings.drawn)]
    return plans + [
        _Plan("cracked", one.path.stem, (settings.seed, 3, index), one, one.surface)
        for index, one in enumerate(one for one in patches if one.label == 1)
    ]


def _plan_composite(seed: tuple[int, int, int], patch: _Patch) -> _Plan:
    has_crack = np.random.default_rng((*seed, 0)).random() < _CRACK_SHARE["composites"]
    return _Plan("composites", f"{seed[-1]:05d}", seed, patch, patch.surface, has_crack)


def _plan_drawn(seed: tuple[int, int, int]) -> _Plan:
    rng = np.random.default_rng((*seed, 0))
    has_crack = rng.random() < _CRACK_SHARE["drawn"]
    names = sorted(ASPHALTS) if rng.random() < _ASPHALT_SHARE else sorted(SURFACES)
    return _Plan("drawn", f"{seed[-1]:05d}", seed, None, str(rng.choice(names)), has_crack)


def _locate(folder: Path, plan: _Plan, part: str) -> Path:
    return folder / plan.kind / part / (plan.name + _KINDS[part])


def _draw(plan: _Plan, *, folder: Path) -> None:
    patch = None if plan.patch is None else read_image(plan.patch.path)
    if plan.kind == "cracked" and patch is not None:
        mask = label_patch(patch)
        if mask is not None:
            write_bytes_aside(_locate(folder, plan, "masks"), encode_png(mask * np.uint8(255)))
        return
    rng = np.random.default_rng(plan.seed)
    scene = SURFACES[plan.surface](rng, _SIZE) if patch is None else lay_patch(rng, patch, _SIZE)
    kind = "asphalt" if plan.surface in ASPHALTS else "concrete"
    drawn = draw_composite(rng, scene, surface=kind, has_crack=plan.has_crack)
    quality = int(rng.integers(35, 96)) if rng.random() < 0.5 else 97
    coverage = np.asarray(np.rint(drawn.coverage * 255), np.uint8)
    for part, content in {
        "images": encode_jpeg(drawn.image, quality),
        "coverage": encode_png(coverage),
        "masks": encode_png(drawn.mask * np.uint8(255)),  # the last one: it tells what is done
    }.items():
        write_bytes_aside(_locate(folder, plan, part), content)


def _tabulate(folder: Path, patches: Sequence[_Patch], plans: Sequence[_Plan]) -> pd.DataFrame:
    rows: list[tuple[str | Path, ...]] = [
        (one.name, one.path.resolve(), "", "0", one.photo_id, one.surface, "")
        for one in patches
        if one.label == 0
    ]
    # A cracked patch without mask is one whose mask leaves doubt.
    rows += [_describe(folder, plan) for plan in plans if _locate(folder, plan, "masks").is_file()]
    left_out = len(plans) + sum(one.label == 0 for one in patches) - len(rows)
    logger.info("Cracked patches left out, since their crack has no clear outline: %d", left_out)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _describe(folder: Path, plan: _Plan) -> tuple[str | Path, ...]:
    mask, patch, surface = _locate(folder, plan, "masks"), plan.patch, plan.surface
    if plan.kind == "cracked" and patch is not None:
        return patch.name, patch.path.resolve(), mask, "1", patch.photo_id, surface, ESTIMATED
    name = f"{plan.kind}/{plan.name}"
    photo_id = name if patch is None else patch.photo_id
    image = _locate(folder, plan, "images")
    return name, image, mask, "", photo_id, surface.replace("_", " "), ""
