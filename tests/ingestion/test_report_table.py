from crack_pipeline.ingestion.report import describe_doubtful, describe_set_aside

REPORT = {
    "files": 9,
    "set_aside_files": {
        "a": "left out by the review list: blurred",
        "b": "truncated file: 12 bytes",
        "c": "truncated file: 7 bytes",
    },
    "doubtful_files": {"d": "the mask looks inverted"},
}


def test_what_the_user_leaves_out_is_no_fault():
    told = describe_set_aside(REPORT, report_file="ingestion.json")
    assert "2 of 9 files without that (2 × truncated file)" in told
    assert "left out" not in told
    own = {"a": REPORT["set_aside_files"]["a"]}
    assert describe_set_aside({**REPORT, "set_aside_files": own}, report_file="x") == ""


def test_doubtful_masks_are_named_with_what_to_do():
    told = describe_doubtful(REPORT, report_file="ingestion.json")
    assert "1 mask that may not. First: d: the mask looks inverted" in told
    assert "kedro run --pipeline=review" in told
    assert describe_doubtful({**REPORT, "doubtful_files": {}}, report_file="x") == ""
