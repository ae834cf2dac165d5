"""Where the photos of a manifest come from, and under which licence."""

from dataclasses import dataclass

import pandas as pd

from crack_pipeline.manifest import usable_rows
from crack_pipeline.sources import SOURCES

UNKNOWN_LICENCE = "unknown: ask whoever gave you the photos"
_OWN_PHOTOS = frozenset({"folder", "class_folders", "paired_folders"})


@dataclass(frozen=True, slots=True)
class DataOrigin:
    """A data source of a manifest.

    Attributes:
        name: As the manifest has it.
        title: Its full name.
        licence: Its licence, or what is known of it.
        citation: How to cite it; empty where there is nothing to cite.
        homepage: Where people get it; empty for one's own photos.
        n_photos: How many usable photos are from it.
    """

    name: str
    title: str
    licence: str
    citation: str
    homepage: str
    n_photos: int

    @property
    def is_drawn(self) -> bool:
        """Whether its photos are drawn by this project."""
        return self.name == "synthetic"


def list_origins(manifest: pd.DataFrame) -> list[DataOrigin]:
    """Look up the sources of the usable photos.

    Args:
        manifest: A validated manifest.

    Returns:
        One entry a source, the one with the most photos first. The licence of one's own photos, and
        of a source that is not known, is unknown.
    """
    counts = usable_rows(manifest)["source"].value_counts()
    return [_describe(str(name), int(count)) for name, count in counts.items()]


def _describe(name: str, n_photos: int) -> DataOrigin:
    source = SOURCES.get(name)
    if source is None:
        return DataOrigin(name, name, UNKNOWN_LICENCE, "", "", n_photos)
    licence = UNKNOWN_LICENCE if name in _OWN_PHOTOS else source.licence
    return DataOrigin(name, source.title, licence, source.citation, source.homepage, n_photos)
