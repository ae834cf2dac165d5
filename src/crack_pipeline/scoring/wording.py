"""Words for numbers of files."""


def count_of(number: int, thing: str) -> str:
    """A number with its noun.

    Args:
        number: How many.
        thing: What, in the singular, with a regular plural.

    Returns:
        "1 mask", "2 masks".
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
