"""From which values on the scores of explanations are remarked on, on the screen and in reports."""

LOOKS_ALIKE = 0.7
"""Rank correlation or SSIM with the maps of an untrained network, from which on a map is not read.
By convention: the paper names none.

Source:
    Adebayo et al. (2018), Sanity checks for saliency maps, https://arxiv.org/abs/1810.03292
"""

CLEARLY_PREFERRED = 1.5
"""Share of the heat by share of the area, from which on a place is named as preferred."""
