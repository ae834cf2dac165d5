import pytest
from tests.sources.layouts import touch, write_folder

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.folder import SOURCE, list_own_photos


def reasons_of(photos):
    return {photo.image_id: photo.reason for photo in photos}


def test_images_and_masks_are_paired_in_subfolders(tmp_path):
    photos = SOURCE.list_photos(write_folder(tmp_path, layout="masks"))
    assert len(photos) == 12
    assert {photo.reason for photo in photos} == {""}
    by_id = {photo.image_id: photo for photo in photos}
    assert by_id["mur été/photo 01"].mask_path == tmp_path / "masks" / "mur été" / "photo 01.png"
    assert by_id["mur été/photo 01"].label is None


def test_folders_of_classes_give_labels(tmp_path):
    photos = SOURCE.list_photos(write_folder(tmp_path, layout="classes"))
    assert {photo.image_id.partition("/")[0]: photo.label for photo in photos} == {
        "crack": 1,
        "no_crack": 0,
    }
    assert len(photos) == 12


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Cracked", "Uncracked"), ("POSITIVE", "negative"), ("crack", "Non-Crack"), ("yes", "no")],
)
def test_usual_names_of_classes_are_known(yes, no, tmp_path):
    touch(tmp_path, f"{yes}/a.jpg", f"{no}/a.jpg")
    assert {photo.image_id: photo.label for photo in list_own_photos(tmp_path)} == {
        f"{yes}/a": 1,
        f"{no}/a": 0,
    }


def test_classes_may_hold_images_and_masks(tmp_path):
    for name in ("crack", "no_crack"):
        touch(tmp_path, f"{name}/img/a.jpg", f"{name}/gt/a.png")
    photos = {photo.image_id: photo for photo in list_own_photos(tmp_path)}
    assert photos["crack/a"].mask_path == tmp_path / "crack" / "gt" / "a.png"
    assert photos["crack/a"].label == 1


def test_photos_alone_are_listed_with_nothing_known(tmp_path):
    photos = SOURCE.list_photos(write_folder(tmp_path, layout="photos"))
    assert len(photos) == 12
    assert {(photo.label, photo.mask_path, photo.split) for photo in photos} == {(None, None, None)}
    assert "pont 🌉/photo 02" in reasons_of(photos)


def test_splits_may_hold_each_layout(tmp_path):
    touch(tmp_path, "train/images/a.jpg", "train/masks/a.png")
    touch(tmp_path, "Val/images/a.jpg", "Val/masks/a.png")
    touch(tmp_path, "test/crack/b.jpg", "test/no_crack/c.jpg")
    photos = {photo.image_id: photo for photo in list_own_photos(tmp_path)}
    assert {image_id: photo.split for image_id, photo in photos.items()} == {
        "train/a": "train",
        "validation/a": "validation",
        "test/crack/b": "test",
        "test/no_crack/c": "test",
    }
    assert photos["validation/a"].mask_path == tmp_path / "Val" / "masks" / "a.png"


def test_a_split_that_is_there_twice_is_refused(tmp_path):
    touch(tmp_path, "train/a.jpg", "val/a.jpg", "valid/a.jpg")
    with pytest.raises(LayoutError, match="Each split must have one folder"):
        list_own_photos(tmp_path)


def test_the_four_folders_of_pairs_are_read(tmp_path):
    for name in ("train_img/a.jpg", "train_lab/a.png", "test_img/b.jpg", "test_lab/b.png"):
        touch(tmp_path, name)
    assert [photo.image_id for photo in list_own_photos(tmp_path)] == ["train/a", "test/b"]


def test_masks_beside_their_photos_are_no_photos(tmp_path):
    touch(tmp_path, "a/1.jpg", "a/1_mask.png", "a/2.jpg", "b/2_mask.png")
    photos = {photo.image_id: photo for photo in list_own_photos(tmp_path)}
    assert photos["a/1"].mask_path == tmp_path / "a" / "1_mask.png"
    assert photos["a/1"].noted == "mask_name_variant"
    assert photos["a/2"].reason == "image without mask"
    assert photos["b/2_mask"].reason == "image without mask"


def test_folders_on_top_are_passed(tmp_path):
    write_folder(tmp_path / "archive" / "photos", layout="masks", n_photos=2)
    ids = [photo.image_id for photo in list_own_photos(tmp_path)]
    assert ids == ["Brücke 1/photo 00", "mur été/photo 01"]


def test_what_cannot_be_used_is_a_row(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg", "b.png", "notes.pdf", "Thumbs.db", ".hidden.jpg", "._a.jpg")
    assert reasons_of(list_own_photos(tmp_path)) == {
        "a": "",
        "b.jpg": "two images with one stem: b",
        "b.png": "two images with one stem: b",
        "notes.pdf": "not an image file type: .pdf",
        "Thumbs.db": "not an image file type: .db",
    }


def test_images_beside_the_folders_of_the_layout_are_rows(tmp_path):
    touch(tmp_path, "images/a.jpg", "masks/a.png", "b.jpg", "extra/c.jpg", "extra/c.txt", "d.MOV")
    assert reasons_of(list_own_photos(tmp_path)) == {
        "a": "",
        "b.jpg": "outside the folders of the layout",
        "extra/c.jpg": "outside the folders of the layout",
        "d.MOV": "not an image file type: .mov",
    }


def test_an_image_without_mask_and_a_mask_without_image_are_rows(tmp_path):
    touch(tmp_path, "images/a.jpg", "images/sub/b.jpg", "masks/b.png", "masks/a.png")
    assert reasons_of(list_own_photos(tmp_path)) == {
        "a": "",
        "sub/b": "image without mask",
        "masks/b.png": "mask without image",
    }


def test_labels_of_another_kind_name_their_source(tmp_path):
    touch(tmp_path, "train/images/a.jpg", "train/labels/a.txt")
    with pytest.raises(LayoutError, match=r"type \.txt.*ingestion\.source=crackseg"):
        list_own_photos(tmp_path)


def test_two_folders_of_masks_are_refused(tmp_path):
    touch(tmp_path, "images/a.jpg", "masks/a.png", "gt/a.png")
    with pytest.raises(LayoutError, match="gt and masks"):
        list_own_photos(tmp_path)


def test_a_missing_folder_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="must be readable"):
        list_own_photos(tmp_path / "none")
    assert list_own_photos(tmp_path) == []


def test_labels_beside_the_photos_are_read_by_themselves(tmp_path):
    photos = SOURCE.list_photos(write_folder(tmp_path, layout="labels"))
    assert len(photos) == 12
    assert [photo.label for photo in sorted(photos, key=lambda one: one.image_path.stem)] == [
        1,
        0,
    ] * 6


def test_labels_from_elsewhere_reach_the_photos(tmp_path):
    write_folder(tmp_path / "top" / "photos", layout="photos", n_photos=2)
    table = tmp_path / "elsewhere.csv"
    table.write_text("image_id,label\nBrücke 1/photo 00,crack\nphoto 01.JPG,no\n", "utf-8")
    photos = list_own_photos(tmp_path / "top", table)
    assert {photo.image_id: photo.label for photo in photos} == {
        "Brücke 1/photo 00": 1,
        "mur été/photo 01": 0,
    }


def test_with_a_csv_folders_say_nothing_of_classes(tmp_path):
    touch(tmp_path, "crack/a.jpg", "no_crack/b.jpg")
    (tmp_path / "labels.csv").write_text("file,label\na.jpg,0\nb.jpg,1\n")
    assert {photo.image_id: photo.label for photo in list_own_photos(tmp_path)} == {
        "crack/a": 0,
        "no_crack/b": 1,
    }


def test_masks_beside_the_csv_may_be_called_like_their_photos(tmp_path):
    names = [f"a{number}.png" for number in range(6)]
    touch(tmp_path, *(f"{folder}/{name}" for folder in ("photos", "tables") for name in names))
    table = tmp_path / "tables" / "labels.csv"
    table.write_text("image,mask\n" + "".join(f"{name},{name}\n" for name in names))
    photos = list_own_photos(tmp_path / "photos", table)
    assert [photo.mask_path for photo in photos] == [tmp_path / "tables" / name for name in names]
    assert {photo.reason for photo in photos} == {""}


def test_a_csv_may_name_masks_beside_their_photos(tmp_path):
    touch(tmp_path, "a.jpg", "a.png", "b.jpg", "drawn/b.png", "c.jpg")
    (tmp_path / "labels.csv").write_text(
        "image,mask\na.jpg,a.png\nb.jpg,drawn\\b.png\nc.jpg,c.png\n"
    )
    photos = {photo.image_id: photo for photo in list_own_photos(tmp_path)}
    assert photos["a"].mask_path == tmp_path / "a.png"
    assert photos["b"].mask_path == tmp_path / "drawn" / "b.png"
    assert photos["c"].reason == "image without mask: c.png is not there"
    assert set(photos) == {"a", "b", "c"}


def test_a_csv_may_pair_what_names_do_not(tmp_path):
    touch(tmp_path, "images/a.jpg", "masks/other.png", "images/b.jpg", "masks/b.png")
    (tmp_path / "labels.csv").write_text("image,mask,label\nimages/a.jpg,masks/other.png,1\nb,,0\n")
    photos = {photo.image_id: photo for photo in list_own_photos(tmp_path)}
    assert photos["a"].mask_path == tmp_path / "masks" / "other.png"
    assert photos["b"].mask_path == tmp_path / "masks" / "b.png"
    assert {image_id: photo.label for image_id, photo in photos.items()} == {"a": 1, "b": 0}
    assert {photo.reason for photo in photos.values()} == {""}
