"""Colours that people with any colour vision can tell apart.

Source:
    Okabe, M., Ito, K. (2008), *Color Universal Design*, https://jfly.uni-koeln.de/color/
"""

from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue, each 0–255."""

SKY_BLUE: Colour = (86, 180, 233)
VERMILLION: Colour = (213, 94, 0)
BLUE: Colour = (0, 114, 178)
GREEN: Colour = (0, 158, 115)
ORANGE: Colour = (230, 159, 0)
YELLOW: Colour = (240, 228, 66)
GREY: Colour = (110, 110, 110)

TRUTH: Colour = SKY_BLUE
PREDICTION: Colour = VERMILLION

FOUND: Colour = SKY_BLUE
MISSED: Colour = (255, 110, 40)
FALSE_CRACK: Colour = YELLOW
"""On a dimmed photo in grey: of different lightness, too, for those who see few hues."""


def to_hex(colour: Colour) -> str:
    """Colour as matplotlib takes it, ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
