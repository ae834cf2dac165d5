from tests.reporting.contents import make_manifest, make_subject


def test_source_photos_are_counted_by_group_or_else_by_photo():
    manifest = make_manifest()
    assert make_subject(manifest=manifest).count_photos("test") == (4, 2)
    ungrouped = manifest.assign(group_id=manifest["group_id"].where(manifest.index < 0))
    assert make_subject(manifest=ungrouped).count_photos("train") == (6, 3)


def test_missing_and_misshapen_parts_are_empty():
    subject = make_subject(evaluation={"detection": None, "strata": {}})
    assert dict(subject.part("detection")) == {}
    assert list(subject.records("strata")) == []
