import pandas as pd
import pytest
from tests.reporting.contents import make_manifest, make_shelf, make_subject

from crack_pipeline.manifest import SET_ASIDE
from crack_pipeline.reporting.subject import (
    UNKNOWN_LICENCE,
    list_explanation_scores,
    list_origins,
)
from crack_pipeline.sources import SOURCES


def test_source_photos_are_counted_by_group_or_else_by_photo():
    manifest = make_manifest()
    assert make_subject(manifest=manifest).count_photos("test") == (4, 2)
    ungrouped = manifest.assign(group_id=manifest["group_id"].where(manifest.index < 0))
    assert make_subject(manifest=ungrouped).count_photos("train") == (6, 3)


def test_missing_and_misshapen_parts_are_empty():
    subject = make_subject(evaluation={"detection": None, "strata": {}})
    assert dict(subject.part("detection")) == {}
    assert list(subject.records("strata")) == []


def test_the_written_verdict_is_read_and_an_older_evaluation_gets_one():
    written = {"surface": "", "quality": ["Good."], "checks": [], "doubts": ["Few photos."]}
    assert make_subject(evaluation={"verdict": written}).verdict.doubts == ("Few photos.",)
    doubts = make_subject().verdict.doubts
    assert "3 test photos show what 2 train photos show." in doubts
    calls = make_subject("classification", evaluation={}).verdict
    assert calls.checks == ("Nothing was checked.",)


def test_examples_are_those_whose_pictures_are_there():
    assert make_subject().examples == []
    assert len(make_subject(pictures=make_shelf()).examples) == 4


def test_what_was_set_aside_is_counted_and_surfaces_are_named():
    manifest = make_manifest()
    manifest.loc[0, "status"] = SET_ASIDE
    subject = make_subject(manifest=manifest)
    assert subject.n_aside == 1
    assert subject.surfaces == ["asphalt", "concrete"]


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


def test_what_a_method_has_no_score_of_is_none():
    table = pd.DataFrame({"method": ["a", "b"], "hits": [12, 3], "energy": [0.41, float("nan")]})
    assert list_explanation_scores(table) == [
        {"method": "a", "hits": 12, "energy": 0.41},
        {"method": "b", "hits": 3, "energy": None},
    ]


def test_a_long_table_is_cut():
    assert len(list_explanation_scores(pd.DataFrame({"method": ["a"] * 50}))) == 40
