"""Corrections by the user: ids to ignore, and the review list of photos to relabel or leave out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import LayoutError, ParameterError
from crack_pipeline.ingestion.listing import join_names
from crack_pipeline.review_file import NEEDED, read_review_file
from crack_pipeline.sources.files import (
    ANNOTATION_OF_NO_PHOTO,
    NO_IMAGE,
    NO_MASK,
    OTHER_FILE_TYPE,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
)
from crack_pipeline.spreadsheets import likely_names
from crack_pipeline.wording.phrases import name_some
from crack_pipeline.wording.suggestions import nearest_names

LEFT_OUT = "left out by the review list"
RELABELLED = "label_from_review"
ID_RESTORED = "id_from_image_file"
LABEL_BEFORE = "label_before_review"
ACTIONS = ("", "keep", "leave_out", "crack", "no_crack")

_LABELS = {"crack": 1, "no_crack": 0}
_UNKNOWN_LABEL = -1
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Corrections:
    """Decisions about single photos.

    Attributes:
        leave_out: Ids that are set aside → the reason that the list gives, which may be empty.
        labels: Ids that get another label → 1 crack, 0 none.
        restored: Ids among them → what a spreadsheet had made of them in the list.
    """

    leave_out: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    restored: Mapping[str, str] = field(default_factory=dict)


def read_corrections(path: Path) -> Corrections:
    """Read a review list.

    Args:
        path: A CSV; nobody has decided anything where there is none.

    Returns:
        The decisions in it; rows without action or with ``keep`` decide nothing.

    Raises:
        ParameterError: If it cannot be read, lacks a column, names an action that is unknown, or
            says two things of one photo.
    """
    if not path.exists():
        return Corrections()
    found = read_review_file(path, (*NEEDED, "reason"))
    rows = found.rows
    if "reason" not in rows.columns:
        rows["reason"] = ""
    actions = rows["action"].str.lower().str.replace(r"[\s-]+", "_", regex=True)
    unknown = rows[~actions.isin(ACTIONS)]
    if not unknown.empty:
        first = unknown.iloc[0]
        nearest = nearest_names(first["action"].lower(), ACTIONS, n=1)
        raise ParameterError(
            "Each action of the review list must be empty, keep, leave_out, crack or no_crack.",
            received=f"{first['action']!r} for {first['image_id']} in {path}",
            remedy=f"Did you mean {nearest[0]}?" if nearest else "Correct the row.",
        )
    rows = rows.assign(action=actions)
    decided = rows[~rows["action"].isin(["", "keep"])].drop_duplicates(["image_id", "action"])
    twice = decided.loc[decided["image_id"].duplicated(), "image_id"]
    if len(twice):
        raise ParameterError(
            "The review list must say one thing of each photo.",
            received=f"{twice.iloc[0]} with two actions in {path}",
            remedy="Keep one of its rows.",
        )
    left_out = decided[decided["action"] == "leave_out"]
    relabelled = decided[decided["action"].isin(_LABELS)]
    return Corrections(
        dict(zip(left_out["image_id"], left_out["reason"], strict=True)),
        dict(zip(relabelled["image_id"], relabelled["action"].map(_LABELS), strict=True)),
        {name: found.restored[name] for name in decided["image_id"] if name in found.restored},
    )


def require_listed(corrections: Corrections, image_ids: Collection[str]) -> None:
    """Check that each decision is about a photo that is there.

    Args:
        corrections: The decisions.
        image_ids: Ids of all photos.

    Raises:
        ParameterError: If one is not; names the nearest that are.
    """
    known = set(image_ids)
    unknown = sorted({*corrections.leave_out, *corrections.labels} - known)
    if not unknown:
        return
    likely = {name: likely_names(name, sorted(known)) for name in unknown[:_NAMED]}
    meant = ", ".join(f"{' or '.join(names)} for {name}" for name, names in likely.items() if names)
    raise ParameterError(
        "Each image_id of the review list must be one that the source lists.",
        received=name_some(unknown, _NAMED),
        remedy=(f"Did you mean {meant}? " if meant else "")
        + "Correct the row, or delete it if the photo is gone.",
    )


def label_before_review(photos: pd.DataFrame) -> pd.Series:
    """The labels that photos had before the user decided about some.

    Args:
        photos: One row a photo, with ``label`` and, where ``relabel`` saw them, ``LABEL_BEFORE``.

    Returns:
        Int8, missing where unknown.
    """
    if LABEL_BEFORE not in photos:
        return photos["label"]
    before = photos[LABEL_BEFORE].fillna(photos["label"])
    return before.mask(before == _UNKNOWN_LABEL)


def relabel(listing: pd.DataFrame, labels: Mapping[str, int]) -> pd.DataFrame:
    """Give photos the label that the user decided on, before their masks are checked.

    A photo with a mask that is said to show no crack gets an empty mask of its own, written to the
    primary layer; the file of the source stays as it is.

    Args:
        listing: One row a photo, as ``describe_listing`` gives it.
        labels: Id → label.

    Returns:
        The listing with these labels, noted as ``label_from_review`` where they differ; with
        ``LABEL_BEFORE``, missing where they do not, so that a decision moves no photo to another
        part.

    Raises:
        ParameterError: If a photo whose mask alone decides is said to show crack.
    """
    wanted = listing["image_id"].map(labels).astype("Int8")
    changed = wanted.notna() & (wanted != listing["label"]).fillna(value=True)
    has_mask = listing["mask_path"].notna() | (listing["mask_format"] != "image")
    undrawn = listing[changed & has_mask & (wanted == 1) & listing["label"].isna()]
    if not undrawn.empty:
        raise ParameterError(
            "Of a photo with a mask, the mask says where the crack is: `crack` cannot say that.",
            received=f"crack for {undrawn['image_id'].iloc[0]} in the review list",
            remedy="Draw its mask, or choose keep or leave_out.",
        )
    noted = join_names(listing["noted"], pd.Series(RELABELLED, listing.index, "string"))
    emptied = (wanted == 0).fillna(value=False) & has_mask
    # A mask is emptied because it held crack; whatever else had no label was of unknown label.
    unknown = pd.Series(_UNKNOWN_LABEL, listing.index, "Int8").mask(emptied, 1)
    return listing.assign(
        **{LABEL_BEFORE: listing["label"].fillna(unknown).where(changed)},
        label=wanted.fillna(listing["label"]),
        noted=listing["noted"].mask(changed, noted),
        mask_format=listing["mask_format"].mask(emptied, "empty"),
    )


def note_restored(listing: pd.DataFrame, restored: Collection[str]) -> pd.DataFrame:
    """Note the photos whose id in the review list a spreadsheet had changed.

    Args:
        listing: One row a photo.
        restored: Their ids.
    """
    concerned = listing["image_id"].isin(list(restored))
    names = join_names(listing["noted"], pd.Series(ID_RESTORED, listing.index, "string"))
    return listing.assign(noted=listing["noted"].mask(concerned, names))


def leave_out_listed(photos: pd.DataFrame, left_out: Mapping[str, str]) -> pd.DataFrame:
    """Set aside what the user does not want.

    Args:
        photos: One row a photo, with ``image_id`` and ``reason``.
        left_out: Id → why.

    Returns:
        The rows with their reasons; one that was set aside before keeps its reason.
    """
    why = photos["image_id"].map(left_out)
    concerned = why.notna() & (photos["reason"] == "")
    reasons = why[concerned].map(lambda text: f"{LEFT_OUT}: {text}" if text else LEFT_OUT)
    return photos.assign(reason=photos["reason"].mask(concerned, reasons.astype("string")))


SETTLED_BY_IGNORING = "settled_by_ignore"
"""Noted where `ingestion.ignore` made the photo's pair the only possible one."""

_AMBIGUOUS_REASONS = (TWO_IMAGES_WITH_ONE_STEM, TWO_MASKS_WITH_ONE_STEM)
UNPAIRED_REASONS = (NO_MASK, NO_IMAGE, *_AMBIGUOUS_REASONS, ANNOTATION_OF_NO_PHOTO)
_IDS_NAMED = 10
_SUGGESTED = 3


def leave_out(photos: Sequence[ListedImage], ignored: Sequence[str]) -> list[ListedImage]:
    """Leave out the files that the user does not want, and pair what is clear without them.

    Two images with one stem, or two masks, are refused because nobody can say which is right. When
    all but one image and one mask of such a stem are left out, these two are a pair.

    Args:
        photos: What a source lists.
        ignored: Ids as the report has them, for instance ``train/11111``.

    Returns:
        The others, in their order.

    Raises:
        ParameterError: If an id names nothing, which is usually a slip; names the nearest ones.
    """
    ids = {photo.image_id for photo in photos}
    unknown = sorted(set(ignored) - ids)
    if unknown:
        raise ParameterError(
            "Each entry of `ingestion.ignore` must be an id that the source lists.",
            received=name_some(unknown, _IDS_NAMED),
            remedy=_suggest_ids(unknown, sorted(ids)),
        )
    left_out = set(ignored)
    kept = [photo for photo in photos if photo.image_id not in left_out]
    return _settle(kept, _group_ambiguous(photos)) if left_out else kept


def require_paired(photos: Sequence[ListedImage]) -> None:
    """Check that no file lacks its partner or shares its stem with another.

    Args:
        photos: What a source lists.

    Raises:
        LayoutError: If one does; counts them by kind and names the first.
    """
    kinds: dict[str, list[str]] = {reason: [] for reason in UNPAIRED_REASONS}
    for photo in photos:
        kind, _, detail = photo.reason.partition(": ")
        is_orphan = kind == ANNOTATION_OF_NO_PHOTO
        kinds.get(kind, []).append(f"{photo.image_id}: {detail}" if is_orphan else photo.image_id)
    if not any(kinds.values()):
        return
    others = Counter(photo.reason for photo in photos if photo.reason.startswith(OTHER_FILE_TYPE))
    raise LayoutError(
        "Each image needs a stem of its own and, beside masks, exactly one mask with that stem; "
        "each annotation needs its photo.",
        received="; ".join(
            f"{reason}: {len(ids)} of {len(photos)} files ({name_some(ids, _IDS_NAMED)})"
            for reason, ids in kinds.items()
            if ids
        )
        + "".join(f"; {n} × {reason}" for reason, n in others.most_common(_SUGGESTED)),
        remedy="Add or rename the files, list these ids under `ingestion.ignore`, or set "
        "ingestion.unpaired=set_aside to go on without them.",
    )


def _settle(
    kept: Sequence[ListedImage], before: Mapping[str, Sequence[ListedImage]]
) -> list[ListedImage]:
    """Judge the stems anew of which a file was left out."""
    settled: dict[str, ListedImage | None] = {}
    for stem, files in _group_ambiguous(kept).items():
        if len(files) < len(before[stem]):
            had_mask = any(map(_is_mask, before[stem]))
            settled |= _judge_stem(stem, files, had_mask=had_mask)
    judged = [settled.get(photo.image_id, photo) for photo in kept]
    return [photo for photo in judged if photo is not None]


def _judge_stem(
    stem: str, files: Sequence[ListedImage], *, had_mask: bool
) -> dict[str, ListedImage | None]:
    """Id → the entry as it is now; None for a mask that has become part of a pair."""
    images = [photo for photo in files if not _is_mask(photo)]
    masks = [photo for photo in files if _is_mask(photo)]
    if not images:
        return {mask.image_id: replace(mask, mask_path=None, reason=NO_IMAGE) for mask in masks}
    if had_mask and not masks:
        return {image.image_id: replace(image, reason=NO_MASK) for image in images}
    if len(images) == 1 and len(masks) <= 1:
        image, mask_path = images[0], masks[0].mask_path if masks else None
        noted = ";".join(filter(None, (image.noted, SETTLED_BY_IGNORING)))
        paired = replace(image, mask_path=mask_path, reason="", noted=noted)
        return {image.image_id: paired, **{mask.image_id: None for mask in masks}}
    kind = TWO_IMAGES_WITH_ONE_STEM if len(images) > 1 else TWO_MASKS_WITH_ONE_STEM
    return {photo.image_id: replace(photo, reason=f"{kind}: {stem}") for photo in files}


def _group_ambiguous(photos: Iterable[ListedImage]) -> dict[str, list[ListedImage]]:
    groups: dict[str, list[ListedImage]] = {}
    for photo in photos:
        if _kind(photo) in _AMBIGUOUS_REASONS:
            groups.setdefault(photo.reason.partition(": ")[2], []).append(photo)
    return groups


def _is_mask(photo: ListedImage) -> bool:
    return photo.mask_path == photo.image_path


def _kind(photo: ListedImage) -> str:
    return photo.reason.partition(":")[0]


def _suggest_ids(unknown: Sequence[str], ids: Sequence[str]) -> str:
    pairs = [(entry, likely_names(entry, ids)) for entry in unknown[:_SUGGESTED]]
    near = "; ".join(f"{entry}: {' or '.join(names)}" for entry, names in pairs if names)
    like = ids[0] if ids else "folder/stem"
    return (
        f"Did you mean {near}? Ids are those of the manifest."
        if near
        else f"Correct the entry; ids are those of the manifest, like {like}."
    )
