from crack_pipeline.data_source import ListedImage
from crack_pipeline.ingestion.listing import LISTING_COLUMNS, describe_listing


def test_rows_carry_size_and_time_of_both_files(tmp_path):
    image, mask = tmp_path / "a.jpg", tmp_path / "a.png"
    image.write_bytes(b"12345")
    mask.write_bytes(b"12")
    table = describe_listing([ListedImage("a", image, mask_path=mask, label=1, split="train")])
    assert table.dtypes.astype(str).to_dict() == LISTING_COLUMNS
    row = table.iloc[0]
    assert (row["image_bytes"], row["mask_bytes"]) == (5, 2)
    assert row["image_mtime_ns"] == image.stat().st_mtime_ns
    assert row["official_split"] == "train"


def test_what_is_unknown_stays_missing(tmp_path):
    row = describe_listing([ListedImage("a", tmp_path / "gone.jpg")]).iloc[0]
    assert row[["mask_path", "label", "official_split", "photo_id"]].isna().all()
    assert (row["image_bytes"], row["mask_mtime_ns"]) == (-1, -1)


def test_an_empty_listing_has_the_columns():
    assert list(describe_listing([]).columns) == list(LISTING_COLUMNS)
