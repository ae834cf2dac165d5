import pandas as pd
import pytest

from crack_pipeline.errors import SourceError, SplitError
from crack_pipeline.ingestion.grouping import LINK_COLUMNS, divide_grouped, read_problem
from crack_pipeline.sources.starter import ESTIMATED
from crack_pipeline.splits.settings import SplitSettings

NO_LINKS = pd.DataFrame(columns=LINK_COLUMNS, dtype="string")


def rows(*entries) -> pd.DataFrame:
    """Rows of (image id, group, official split, reason)."""
    table = pd.DataFrame(entries, columns=["image_id", "group_id", "official_split", "reason"])
    table = table.astype("string").assign(mended="")
    return table.assign(label=pd.array([1] * len(table), "Int8"))


def links(*entries) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=LINK_COLUMNS).astype("string")


def divide(table, linked=NO_LINKS, leaking_train="drop", **settings) -> pd.DataFrame:
    division = divide_grouped(table, linked, SplitSettings(**settings), leaking_train=leaking_train)
    problem = read_problem(division)
    if problem is not None:
        raise problem
    return division


TRAIN = [(f"a{n}", f"a{n}", "train", "") for n in range(6)]
LEAKING = rows(*TRAIN, ("leak", "g", "train", ""), ("t2", "g", "test", ""), ("t1", "g", "test", ""))
LEAKING_LINKS = links(("leak", "t2", "near-duplicate"), ("t1", "t2", "file name"))


def test_photos_set_aside_get_no_part():
    table = rows(
        *((f"p{n}", f"p{n}", None, "") for n in range(9)), ("bad", None, None, "zero bytes")
    )
    divided = divide(table).set_index("image_id")
    assert divided["split"].isna().to_dict()["bad"]
    assert divided["split"].notna().sum() == 9
    assert divided["fold"].isna().all()


def test_official_test_stays_whole_and_validation_comes_from_train():
    train = [(f"a{n:03d}", f"g{n // 3}", "train", "") for n in range(85)]
    test = [(f"t{n}", f"t{n}", "test", "") for n in range(40)]
    divided = divide(rows(*train, *test))
    official = divided["official_split"]
    assert (divided.loc[official == "test", "split"] == "test").all()
    cut = divided.loc[official == "train"]
    assert set(cut["split"]) == {"train", "validation"}
    assert 12 <= (cut["split"] == "validation").sum() <= 18
    assert len(set(zip(cut["group_id"], cut["split"], strict=True))) == cut["group_id"].nunique()


def test_official_validation_is_kept_too():
    parts = ["train"] * 6 + ["validation"] * 3 + ["test"] * 2
    table = rows(*((f"p{n}", f"p{n}", part, "") for n, part in enumerate(parts)))
    assert divide(table)["split"].tolist() == parts


def test_train_photos_that_reach_into_test_are_set_aside_by_name():
    divided = divide(LEAKING, LEAKING_LINKS).set_index("image_id")
    assert divided.loc["leak", "reason"] == (
        "shares a photo or duplicate with the official test split: t2 (near-duplicate)"
    )
    assert pd.isna(divided.loc["leak", "split"])
    assert divided.loc[["t1", "t2"], "split"].tolist() == ["test", "test"]
    assert divided["leak_partner"].dropna().to_dict() == {"leak": "t2"}


def test_kept_leaks_stay_in_train_and_never_go_to_validation():
    more = rows(*((f"leak{n}", "g", "train", "") for n in range(30)))
    linked = links(*((f"leak{n}", "t1", "copy") for n in range(30)))
    table = pd.concat([LEAKING, more], ignore_index=True)
    divided = divide(table, pd.concat([LEAKING_LINKS, linked]), "keep").set_index("image_id")
    leaks = divided[divided["leaks_into"].notna()]
    assert len(leaks) == 31
    assert set(leaks["split"]) == {"train"}
    assert leaks["reason"].eq("").all()
    assert (divided["split"] == "validation").any()


def test_a_leak_into_official_validation_is_named_as_such():
    table = rows(*TRAIN, ("leak", "g", "train", ""), ("v", "g", "validation", ""),
                 ("t", "t", "test", ""))  # fmt: skip
    divided = divide(table, links(("leak", "v", "overlap"))).set_index("image_id")
    assert divided.loc["leak", "reason"].endswith("official validation split: v (overlap)")


VALIDATION_LEAKING = rows(
    *TRAIN, ("tr", "g", "train", ""), ("v", "g", "validation", ""), ("w", "w", "validation", ""),
    ("t", "g", "test", ""), ("u", "u", "test", ""),
)  # fmt: skip
VALIDATION_LINKS = links(("tr", "v", "copy"), ("v", "t", "overlap"))


def test_official_validation_photos_that_reach_into_test_are_set_aside_by_name():
    divided = divide(VALIDATION_LEAKING, VALIDATION_LINKS).set_index("image_id")
    told = "shares a photo or duplicate with the official test split: t "
    assert divided.loc["v", "reason"] == f"{told}(overlap)"
    assert divided.loc["tr", "reason"] == f"{told}(copy and overlap)"
    assert divided.loc[["w", "t", "u"], "split"].tolist() == ["validation", "test", "test"]
    usable = divided[divided["reason"] == ""]
    assert not usable[["group_id", "split"]].drop_duplicates()["group_id"].duplicated().any()


def test_kept_validation_photos_stay_in_validation():
    divided = divide(VALIDATION_LEAKING, VALIDATION_LINKS, "keep").set_index("image_id")
    assert divided.loc[["tr", "v", "t"], "split"].tolist() == ["train", "validation", "test"]
    assert divided["leaks_into"].dropna().to_dict() == {"tr": "test", "v": "test"}
    assert divided["reason"].eq("").all()


def test_where_all_of_official_validation_leaks_it_is_cut_from_train():
    table = VALIDATION_LEAKING[VALIDATION_LEAKING["image_id"] != "w"]
    divided = divide(table, VALIDATION_LINKS).set_index("image_id")
    assert set(divided["split"].dropna()) == {"train", "validation", "test"}
    assert divided["official_split"][divided["split"] == "validation"].eq("train").all()


LEFT_OUT = rows(*TRAIN, ("train/a", "g", "train", ""), ("train/0x", "g", "train", "left out"),
                ("test/b", "g", "test", ""))  # fmt: skip


def test_a_photo_that_was_left_out_still_links_the_others_of_its_group():
    linked = links(("test/b", "train/0x", "overlap"), ("train/0x", "train/a", "overlap"))
    divided = divide(LEFT_OUT, linked).set_index("image_id")
    assert divided.loc["train/a", "reason"].endswith("test split: test/b (overlap)")
    assert divided.loc["train/0x", "reason"] == "left out"


def test_photos_of_one_group_without_a_chain_are_told_as_such():
    divided = divide(LEFT_OUT).set_index("image_id")
    assert divided.loc["train/a", "reason"].endswith("test split: test/b (same group)")


def test_folds_leave_test_out_and_keep_groups_whole():
    train = [(f"a{n:03d}", f"g{n // 3}", "train", "") for n in range(60)]
    test = [(f"t{n}", f"t{n}", "test", "") for n in range(10)]
    divided = divide(rows(*train, *test, ("bad", None, None, "zero bytes")), folds=5)
    outside = divided[divided["fold"].notna()]
    assert set(outside["split"]) == {"train", "validation"}
    assert sorted(outside["fold"].unique()) == [0, 1, 2, 3, 4]
    assert outside["fold"].value_counts().tolist() == [12] * 5
    assert (outside.groupby("group_id")["fold"].agg(set).str.len() == 1).all()


def test_too_few_groups_for_the_folds_are_a_problem():
    with pytest.raises(SplitError, match=r"`ingestion\.splitting\.folds` 9; 5 usable photos"):
        divide(rows(*TRAIN[:5], ("t", "t", "test", "")), folds=9)


def test_nothing_usable_is_an_error_that_counts_the_reasons():
    table = rows(("a", None, None, "zero bytes"), ("b", None, None, "truncated file: x"))
    with pytest.raises(SourceError, match=r"2 files, all set aside .*1 × truncated file"):
        divide(table)


@pytest.mark.parametrize("n_train", [0, 1])
def test_too_little_train_is_an_error(n_train):
    table = rows(*((f"a{n}", f"a{n}", "train", "") for n in range(n_train)), ("t", "t", "test", ""))
    with pytest.raises(SplitError, match="train, validation needs"):
        divide(table)


def test_where_all_of_train_leaks_the_usual_cause_is_named_and_the_names_are_kept():
    train = [(f"a{n}", "g", "train", "") for n in range(300)]
    table = rows(*train, ("t", "g", "test", ""))
    linked = links(*((f"a{n}", "t", "file name") for n in range(300)))
    division = divide_grouped(table, linked, SplitSettings())
    problem = read_problem(division)
    assert isinstance(problem, SplitError)
    told = str(problem)
    assert "300 photos outside test linked with one, 0 left; first: a0 with t (file name)" in told
    assert "photo_id_pattern" in told
    assert division["reason"].str.endswith(": t (file name)").sum() == 300
    assert division["split"].isna().all()


def test_where_copies_leak_the_pattern_is_not_blamed():
    table = rows(("a", "g", "train", ""), ("t", "g", "test", ""))
    with pytest.raises(SplitError) as raised:
        divide(table, links(("a", "t", "copy")))
    assert "photo_id_pattern" not in str(raised.value)


def test_an_estimated_mask_judges_nothing():
    parts = ["train"] * 3 + ["validation"] * 3 + ["test"] * 2
    table = rows(*((f"p{n}", f"p{n}", part, "") for n, part in enumerate(parts)))
    divided = divide(table.assign(mended=[ESTIMATED, "", "", ESTIMATED, "", "", ESTIMATED, ""]))
    aside = divided[divided["reason"] != ""]
    assert list(aside["image_id"]) == ["p3", "p6"]
    assert aside["reason"].unique().tolist() == [
        "its mask is an estimate, which counts in training only"
    ]
    assert aside["split"].isna().all()
    assert divided["split"][0] == "train"
