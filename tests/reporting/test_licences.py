import pandas as pd
import pytest
from tests.reporting.contents import make_manifest

from crack_pipeline.manifest import SET_ASIDE
from crack_pipeline.reporting.licences import UNKNOWN_LICENCE, list_origins
from crack_pipeline.sources import SOURCES


def test_a_published_source_brings_its_licence_and_citation():
    (origin,) = list_origins(make_manifest("deepcrack"))
    assert origin.licence == SOURCES["deepcrack"].licence
    assert "Liu" in origin.citation
    assert origin.n_photos == 12


@pytest.mark.parametrize("source", ["folder", "class_folders", "paired_folders", "never heard of"])
def test_the_licence_of_own_and_unknown_photos_is_unknown(source):
    (origin,) = list_origins(make_manifest(source))
    assert origin.licence == UNKNOWN_LICENCE
    assert not origin.is_drawn


def test_several_sources_are_listed_by_their_usable_photos():
    manifest = pd.concat(
        [make_manifest("synthetic").iloc[:2], make_manifest("metu").iloc[2:]], ignore_index=True
    )
    manifest.loc[11, "status"] = SET_ASIDE
    origins = list_origins(manifest)
    assert [(origin.name, origin.n_photos) for origin in origins] == [("metu", 9), ("synthetic", 2)]
    assert origins[1].is_drawn
