"""DeepCrack: 537 photos of concrete and asphalt with pixel masks and an official test split."""

from crack_pipeline.sources.paired_folders import LAYOUT, list_paired_folders
from crack_pipeline.sources.source import Source

SOURCE = Source(
    name="deepcrack",
    title="DeepCrack",
    list_photos=list_paired_folders,
    layout=LAYOUT,
    licence="non-commercial research and education only",
    citation=(
        "Liu, Y., Yao, J., Lu, X., Xie, R., Li, L. (2019), DeepCrack: A deep hierarchical feature "
        "learning architecture for crack segmentation, Neurocomputing 338, 139–153, "
        "https://doi.org/10.1016/j.neucom.2019.01.036"
    ),
    homepage="https://github.com/yhlleo/DeepCrack",
    has_crops=True,
    photo_id_pattern=r"^(.+?)(?:-\d+)?$",  # 11289-3 and 11289-7 are crops of photo 11289
)
