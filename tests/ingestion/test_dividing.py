import pandas as pd
import pytest

from crack_pipeline.errors import SourceError, SplitError
from crack_pipeline.ingestion.dividing import divide_grouped
from crack_pipeline.splits.settings import SplitSettings


def rows(*entries) -> pd.DataFrame:
    """Rows of (image id, group, official split, reason)."""
    table = pd.DataFrame(entries, columns=["image_id", "group_id", "official_split", "reason"])
    return table.astype("string").assign(label=pd.array([1] * len(table), "Int8"))


def test_photos_set_aside_get_no_part():
    table = rows(
        *((f"p{n}", f"p{n}", None, "") for n in range(9)), ("bad", None, None, "zero bytes")
    )
    divided = divide_grouped(table, SplitSettings()).set_index("image_id")
    assert divided["split"].isna().to_dict()["bad"]
    assert divided["split"].notna().sum() == 9


def test_official_test_stays_whole_and_validation_comes_from_train():
    train = [(f"a{n:03d}", f"g{n // 3}", "train", "") for n in range(85)]
    test = [(f"t{n}", f"t{n}", "test", "") for n in range(40)]
    divided = divide_grouped(rows(*train, *test), SplitSettings())
    official = divided["official_split"]
    assert (divided.loc[official == "test", "split"] == "test").all()
    cut = divided.loc[official == "train"]
    assert set(cut["split"]) == {"train", "validation"}
    assert 12 <= (cut["split"] == "validation").sum() <= 18
    assert len(set(zip(cut["group_id"], cut["split"], strict=True))) == cut["group_id"].nunique()


def test_official_validation_is_kept_too():
    parts = ["train"] * 6 + ["validation"] * 3 + ["test"] * 2
    table = rows(*((f"p{n}", f"p{n}", part, "") for n, part in enumerate(parts)))
    assert divide_grouped(table, SplitSettings())["split"].tolist() == parts


def test_train_photos_that_reach_into_test_are_set_aside_by_name():
    train = [(f"a{n}", f"a{n}", "train", "") for n in range(6)]
    table = rows(
        *train, ("leak", "g", "train", ""), ("t2", "g", "test", ""), ("t1", "g", "test", "")
    )
    divided = divide_grouped(table, SplitSettings()).set_index("image_id")
    assert divided.loc["leak", "reason"] == (
        "shares a photo or duplicate with the official test split: t1"
    )
    assert pd.isna(divided.loc["leak", "split"])
    assert divided.loc[["t1", "t2"], "split"].tolist() == ["test", "test"]


def test_nothing_usable_is_an_error_that_counts_the_reasons():
    table = rows(("a", None, None, "zero bytes"), ("b", None, None, "truncated file: x"))
    with pytest.raises(SourceError, match=r"2 files, all set aside .*1 × truncated file"):
        divide_grouped(table, SplitSettings())


@pytest.mark.parametrize("n_train", [0, 1])
def test_too_little_train_is_an_error(n_train):
    table = rows(*((f"a{n}", f"a{n}", "train", "") for n in range(n_train)), ("t", "t", "test", ""))
    with pytest.raises(SplitError, match="train, validation needs"):
        divide_grouped(table, SplitSettings())
