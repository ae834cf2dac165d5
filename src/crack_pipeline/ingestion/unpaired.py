"""Files that have no partner: refused by default, since a wrong pair spoils what is learnt."""

from collections.abc import Sequence

from crack_pipeline.errors import LayoutError, ParameterError
from crack_pipeline.sources.files import (
    NO_IMAGE,
    NO_MASK,
    TWO_IMAGES_WITH_ONE_STEM,
    TWO_MASKS_WITH_ONE_STEM,
)
from crack_pipeline.sources.listing import ListedImage

UNPAIRED_REASONS = (NO_MASK, NO_IMAGE, TWO_IMAGES_WITH_ONE_STEM, TWO_MASKS_WITH_ONE_STEM)
_NAMED = 3


def leave_out(photos: Sequence[ListedImage], ignored: Sequence[str]) -> list[ListedImage]:
    """Leave out the files that the user does not want.

    Args:
        photos: What a source lists.
        ignored: Ids as the manifest has them, for instance ``train/11111``.

    Returns:
        The others, in their order.

    Raises:
        ParameterError: If an id names nothing, which is usually a slip.
    """
    unknown = sorted(set(ignored) - {photo.image_id for photo in photos})
    if unknown:
        raise ParameterError(
            "Each entry of `ingestion.ignore` must be an id that the source lists.",
            received=_name_some(unknown),
            remedy="Correct the entry; ids are those of the manifest, like "
            f"{photos[0].image_id if photos else 'folder/stem'}.",
        )
    return [photo for photo in photos if photo.image_id not in set(ignored)]


def require_paired(photos: Sequence[ListedImage]) -> None:
    """Check that no file lacks its partner or shares its stem with another.

    Args:
        photos: What a source lists.

    Raises:
        LayoutError: If one does; counts them by kind and names the first.
    """
    kinds = {
        reason: [photo.image_id for photo in photos if photo.reason == reason]
        for reason in UNPAIRED_REASONS
    }
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


def _name_some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
