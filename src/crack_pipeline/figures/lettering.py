"""Text that a figure can show: names of files hold anything, fonts and pictures do not."""

from functools import cache

from matplotlib import font_manager

_MISSING = "□"
_POINTS_PER_INCH = 72.0
_WIDTH_OF_LETTER = 0.6
"""Of the font's size: a little more than the mean letter of DejaVu Sans."""


def replace_missing_glyphs(text: str) -> str:
    """Replace what the figure's font has no letter for, such as an emoji.

    Args:
        text: Any text.

    Returns:
        The text, with a box for each missing letter.
    """
    letters = _letters_of_font()
    return "".join(one if one == "\n" or ord(one) in letters else _MISSING for one in text)


def shorten_lines(text: str, *, width_in: float, font_size: float) -> str:
    """Shorten lines that would run into the next picture; both ends of a line stay.

    Args:
        text: One line or several.
        width_in: Room for a line, in inches.
        font_size: In points.

    Returns:
        The text, with an ellipsis in the middle of each line that was too long.
    """
    most = max(3, int(width_in * _POINTS_PER_INCH / (font_size * _WIDTH_OF_LETTER)))
    return "\n".join(_shorten(line, most) for line in text.split("\n"))


def _shorten(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    tail = (most - 1) // 2
    return f"{line[: most - 1 - tail]}…{line[-tail:]}"


@cache
def _letters_of_font() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    return frozenset(font.get_charmap())
