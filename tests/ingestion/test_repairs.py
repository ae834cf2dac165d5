import pandas as pd
import pytest

from crack_pipeline.ingestion.repairs import REPAIR_COLUMNS, repair_table


def checked(**columns) -> pd.DataFrame:
    """One checked photo with a mask; the given columns differ."""
    row = {
        "image_id": "train/1",
        "image_path": "/raw/1.jpg",
        "mask_path": "/raw/1.png",
        "repaired_mask": None,
        "mended": "",
        "mask_note": "",
        "noted": "",
        "reason": "",
    }
    return pd.DataFrame([row | columns]).astype("string")


def rows(table: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(table.itertuples(index=False, name=None))


def test_nothing_done_makes_no_row():
    table = repair_table(checked())
    assert table.empty
    assert tuple(table.columns) == REPAIR_COLUMNS


def test_each_repair_is_a_row_with_its_files_and_figures():
    table = repair_table(
        checked(
            repaired_mask="/primary/train/1.png",
            mended="exif_orientation;mask_thresholded;mask_inverted",
            mask_note="12 of 90 px lay between",
        )
    )
    assert table["action"].tolist() == ["mended_while_reading", "repaired", "repaired"]
    assert table["what"].tolist() == ["exif_orientation", "mask_thresholded", "mask_inverted"]
    assert table["reason"][2] == "crack and background swapped back"
    assert table["details"].tolist() == ["", *["12 of 90 px lay between"] * 2]
    assert table["source_file"].tolist() == ["/raw/1.jpg", "/raw/1.png", "/raw/1.png"]
    assert table["written_file"].tolist() == ["", *["/primary/train/1.png"] * 2]


def test_a_doubt_is_told_apart_even_where_the_mask_was_written():
    table = repair_table(
        checked(repaired_mask="/primary/1.png", mended="mask_1_bit;mask_polarity_doubtful")
    )
    assert table["action"].tolist() == ["repaired", "doubtful"]
    assert table["written_file"].tolist() == ["/primary/1.png", ""]


def test_what_a_source_read_otherwise_is_told_once():
    table = repair_table(
        checked(
            noted="folder_name_variant;mask_name_variant",
            mended="mask_1_bit;mask_name_variant",
            repaired_mask="/primary/1.png",
        )
    )
    assert sorted(table["what"]) == ["folder_name_variant", "mask_1_bit", "mask_name_variant"]
    noted = table[table["what"] == "folder_name_variant"].iloc[0]
    assert noted["action"] == "mended_while_reading"


@pytest.mark.parametrize(
    ("reason", "kind", "file"),
    [
        ("bad mask, zero bytes", "bad mask, zero bytes", "/raw/1.png"),
        (
            "mask with crack under a label that says none: 4 of 9 px",
            "mask with crack under a label that says none",
            "/raw/1.png",
        ),
        ("truncated file: its end marker is missing", "truncated file", "/raw/1.jpg"),
    ],
)
def test_what_was_set_aside_names_the_file_at_fault(reason, kind, file):
    table = repair_table(checked(reason=reason))
    assert rows(table) == [("train/1", "set_aside", kind, reason, "", file, "")]


def test_a_photo_without_mask_names_itself():
    table = repair_table(checked(mask_path=None, reason="mask without image"))
    assert table["source_file"].tolist() == ["/raw/1.jpg"]


def test_a_manifest_gives_the_same_rows():
    table = checked(mended="mask_1_bit", repaired_mask="/primary/1.png")
    manifest = table.assign(raw_mask_path=table["mask_path"], mask_path=table["repaired_mask"])
    manifest = manifest.drop(columns=["repaired_mask", "mask_note", "noted"])
    pd.testing.assert_frame_equal(repair_table(manifest), repair_table(table))
    untouched = manifest.assign(mask_path=manifest["raw_mask_path"], mended="grey_to_rgb")
    assert repair_table(untouched)["action"].tolist() == ["mended_while_reading"]


def test_a_mask_that_no_file_held_names_its_photo():
    table = repair_table(
        checked(mask_path=None, mended="mask_from_empty", repaired_mask="/primary/1.png")
    )
    assert table["source_file"].tolist() == ["/raw/1.jpg"]
    assert table["action"].tolist() == ["repaired"]


def test_rows_are_ordered_by_id_and_an_empty_table_is_fine():
    both = pd.concat(
        [checked(image_id="b", reason="x"), checked(image_id="a", reason="y")], ignore_index=True
    )
    assert repair_table(both)["image_id"].tolist() == ["a", "b"]
    assert repair_table(both.iloc[:0]).empty
