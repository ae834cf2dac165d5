"""Photos of another data set that are not measured, because the model has learnt from them."""

from dataclasses import dataclass

from crack_pipeline.audit.near_copies import NearCopy


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out of another data set, and how far that was looked for.

    Attributes:
        same_bytes: Photos that are files that the model learnt from.
        near_copies: Photos that show what the model learnt from; ``test_id`` is the photo left
            out, ``other_id`` the model's.
        own_photos: Photos that the model learnt from.
        own_compared: How many of these could be read, so that near-copies were looked for.
    """

    same_bytes: int = 0
    near_copies: tuple[NearCopy, ...] = ()
    own_photos: int = 0
    own_compared: int = 0


def describe_left_out(left_out: LeftOut) -> str:
    """Say how many photos were left out, by why.

    Args:
        left_out: Of one data set.

    Returns:
        "left out: 3 same bytes, 5 near-copies"; empty where none was.
    """
    n_near = len(left_out.near_copies)
    if left_out.same_bytes + n_near == 0:
        return ""
    noun = "near-copy" if n_near == 1 else "near-copies"
    return f"left out: {left_out.same_bytes} same bytes, {n_near} {noun}"


def describe_unchecked(left_out: LeftOut) -> str:
    """Say in a few words where near-copies could not be looked for.

    Args:
        left_out: Of one data set.

    Returns:
        "near-copies not checked", in full or in part; empty where all was compared.
    """
    missing = left_out.own_photos - left_out.own_compared
    if left_out.own_compared == 0:
        return "near-copies not checked"
    if missing == 0:
        return ""
    return f"near-copies not checked: {missing} of {left_out.own_photos} own photos"
