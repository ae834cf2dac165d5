"""Names of the losses, readable without importing Keras."""

from typing import Literal

LossName = Literal["binary_crossentropy", "dice", "bce_dice"]
