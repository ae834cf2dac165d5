"""Files that have no partner: refused by default, since a wrong pair spoils what is learnt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crack_pipeline.errors import LayoutError, ParameterError
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
)
from crack_pipeline.sources.source import ListedImage
from crack_pipeline.wording.suggestions import nearest_names

SETTLED_BY_IGNORING = "settled_by_ignore"
"""Noted where `ingestion.ignore` made the photo's pair the only possible one."""

_AMBIGUOUS_REASONS = (TWO_IMAGES_WITH_ONE_STEM, TWO_MASKS_WITH_ONE_STEM)
UNPAIRED_REASONS = (NO_MASK, NO_IMAGE, *_AMBIGUOUS_REASONS)
_NAMED = 10
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
            received=_name_some(unknown),
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
        kinds.get(_kind(photo), []).append(photo.image_id)
    if not any(kinds.values()):
        return
    raise LayoutError(
        "Each image needs a stem of its own and, beside masks, exactly one mask with that stem.",
        received="; ".join(
            f"{reason}: {len(ids)} of {len(photos)} files ({_name_some(ids)})"
            for reason, ids in kinds.items()
            if ids
        ),
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
    if len(images) == 1 and len(masks) <= 1:
        return {images[0].image_id: _pair(images[0], masks, had_mask=had_mask)} | {
            mask.image_id: None for mask in masks
        }
    if had_mask and not masks:
        return {image.image_id: replace(image, reason=NO_MASK) for image in images}
    kind = TWO_IMAGES_WITH_ONE_STEM if len(images) > 1 else TWO_MASKS_WITH_ONE_STEM
    return {photo.image_id: replace(photo, reason=f"{kind}: {stem}") for photo in files}


def _pair(image: ListedImage, masks: Sequence[ListedImage], *, had_mask: bool) -> ListedImage:
    if had_mask and not masks:
        return replace(image, reason=NO_MASK)
    return replace(
        image,
        mask_path=masks[0].mask_path if masks else None,
        reason="",
        noted=";".join(filter(None, (image.noted, SETTLED_BY_IGNORING))),
    )


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
    pairs = [(entry, nearest_names(entry, ids)) for entry in unknown[:_SUGGESTED]]
    near = "; ".join(f"{entry}: {', '.join(names)}" for entry, names in pairs if names)
    like = ids[0] if ids else "folder/stem"
    return (
        f"Did you mean {near}? Ids are those of the manifest."
        if near
        else f"Correct the entry; ids are those of the manifest, like {like}."
    )


def _name_some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
