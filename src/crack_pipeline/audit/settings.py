"""From when on a number is doubtful."""

from pydantic import BaseModel, ConfigDict, Field


class AuditSettings(BaseModel):
    """How closely an evaluation is looked at, and from when on it is doubtful.

    Attributes:
        enabled: Whether it is looked at.
        max_photos: Most photos of each split that are read; more are drawn at random.
        max_hash_distance: Most differing bits of the perceptual hashes of near-duplicates.
        min_correlation: Least correlation of the details of near-duplicates.
        believable_labels: Classification: F1 or AUC from which on a score is doubtful.
        believable_masks: Segmentation: the same for the exact pooled F1, where it is not known what
            repeated annotations agree at.
        margin: A trivial model that comes so near to the model's score, or into its 95 % interval,
            matches it; so does a baseline that comes so near.
        trivial_auc: Segmentation: AUC from which on a border or the brightness gives it away
            whether a photo shows crack.
        border_px: Width of the frame that the border's classifier sees.
        min_groups: Fewer source photos in test than this are too few for any claim.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    max_photos: int = Field(2000, ge=20)
    max_hash_distance: int = Field(4, ge=0, le=12)
    min_correlation: float = Field(0.9, gt=0.0, le=1.0)
    believable_labels: float = Field(0.995, gt=0.5, le=1.0)
    believable_masks: float = Field(0.95, gt=0.5, le=1.0)
    margin: float = Field(0.02, ge=0.0, le=0.5)
    trivial_auc: float = Field(0.9, gt=0.5, le=1.0)
    border_px: int = Field(10, ge=1)
    min_groups: int = Field(10, ge=1)
