"""Scores of explanation in words, for the page and the screen, in the order of the tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """A score of ``explanation_scores.csv``.

    Attributes:
        name: Its column.
        label: The same in a few words.
        meaning: What it is, and which value is good; empty where the label says it all.
    """

    name: str
    label: str
    meaning: str = ""


GROUPS: tuple[tuple[str, tuple[Score, ...]], ...] = (
    (
        "Can the maps be trusted?",
        (
            Score("photos", "Photos scored"),
            Score("without_heat", "Photos without any heat", "best 0"),
            Score(
                "sanity_spearman",
                "Rank correlation with a random network",
                "maps of the same network with random weights; good near 0, bad near 1",
            ),
            Score("sanity_ssim", "SSIM with a random network", "good near 0, bad near 1"),
            Score(
                "completeness_gap",
                "Gap of completeness",
                "what the heat misses of the score that it explains, as a share; best 0",
            ),
            Score(
                "deletion_auc",
                "Area under the deletion curve",
                "confidence left while the hottest pixels are blurred away; good is low",
            ),
        ),
    ),
    (
        "Does the heat lie on the crack?",
        (
            Score("energy_inside", "Share of the heat on the crack", "best 1"),
            Score("mask_area", "Share of the photo that is crack"),
            Score("energy_ratio", "Heat by area, crack", "1 is chance, good is high"),
            Score(
                "pointing_game",
                "Hottest pixel on the crack",
                "share of photos; best 1",
            ),
            Score(
                "iou",
                "IoU of the hottest pixels with the crack",
                "as many pixels as the crack has; best 1",
            ),
        ),
    ),
    (
        "Does it lie elsewhere?",
        (
            Score("border_energy", "Share of the heat on the border"),
            Score("border_area", "Share of the photo that is border"),
            Score("border_preference", "Heat by area, border", "1 is no preference"),
            Score("joint_photos", "Photos with tile joints"),
            Score("joint_energy", "Share of the heat on tile joints"),
            Score("joint_area", "Share of these photos that is joint"),
            Score("joint_preference", "Heat by area, tile joints", "1 is no preference"),
        ),
    ),
)
"""Caption of a table → its scores."""
