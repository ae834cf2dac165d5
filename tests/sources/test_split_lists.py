"""Official splits that lists name: beside the photos, or in ``data.yaml``."""

import json

import pytest
from tests.sources.layouts import touch

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources import list_photos

TRAIN, VALIDATION, TEST = ("p0", "p1", "p2"), ("p3",), ("p4", "é 5")
OFFICIAL = {
    **dict.fromkeys(TRAIN, "train"),
    **dict.fromkeys(VALIDATION, "validation"),
    **dict.fromkeys(TEST, "test"),
}


@pytest.fixture
def yolo(tmp_path):
    """Six photos with labels in ``images`` and ``labels``; makes lists and ``data.yaml``."""
    for stem in OFFICIAL:
        touch(tmp_path, f"images/{stem}.jpg")
        label = tmp_path / "labels" / f"{stem}.txt"
        label.parent.mkdir(exist_ok=True)
        label.write_text("0 .2 .1 .6 .1 .6 .2")

    def write(data_yaml=None, **lists):
        if data_yaml is not None:
            (tmp_path / "data.yaml").write_text(data_yaml + "names: [crack]\n", encoding="utf-8")
        for name, lines in lists.items():
            (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
        return tmp_path

    return write


def write_lists(write, form, data_yaml=None, names=("train", "val", "test")):
    parts = [list(map(form, part)) for part in (TRAIN, VALIDATION, TEST)]
    return write(data_yaml, **dict(zip(names, parts, strict=True)))


def splits_of(folder, source="crackseg"):
    listed = list_photos(source, folder)
    assert {photo.reason for photo in listed} == {""}
    return {photo.image_path.stem: photo.split for photo in listed}


def reasons_of(folder, source="crackseg"):
    listed = list_photos(source, folder)
    return {photo.image_id: photo.reason for photo in listed if photo.reason}


FORMS = {
    "below the folder": "./images/{}.jpg",
    "of another machine": "/content/drive/My Drive/set 1/images/{}.jpg",
    "of Windows": "C:\\data\\images\\{}.jpg",
    "upwards": "../images/{}.jpg",
    "name": "{}.jpg",
    "stem": "{}",
    "other case": "Images/{}.JPG",
    "address": "images/{}.jpg".replace("/", "%2F"),
    "quoted": '"images/{}.jpg"',
    "with its mask": "images/{0}.jpg labels/{0}.png",
    "with its mask after a tab": "images/{0}.jpg\tlabels/{0}.png",
    "with its mask after a comma": "images/{0}.jpg,labels/{0}.png",
    "with its class": "images/{}.jpg 1",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_lists_beside_the_photos_are_obeyed(yolo, form):
    assert splits_of(write_lists(yolo, form.format)) == OFFICIAL


YAMLS = {
    "lists": "train: train.txt\nval: val.txt\ntest: test.txt\n",
    "below a path": "path: .\ntrain: ./train.txt\nval: ./val.txt\ntest: ./test.txt\n",
    "of another machine": "path: /home/me\ntrain: train.txt\nval: /x/val.txt\ntest: a/test.txt\n",
    "of Windows": "path: C:\\me\\set\ntrain: .\\train.txt\nval: val.txt\ntest: C:\\me\\test.txt\n",
    "several": "train: [train.txt]\nvalid: [val.txt]\ntest: [test.txt]\n",
    "a part": "train: train.txt\nval: val.txt\n",
    "photos": "train: [images/p0.jpg, p1.jpg, p2.jpg]\nval: images/p3.jpg\n"
    "test: [images/p4.jpg, images/é 5.jpg]\n",
}


@pytest.mark.parametrize("data_yaml", YAMLS.values(), ids=YAMLS)
def test_lists_in_the_description_are_obeyed(yolo, data_yaml):
    assert splits_of(write_lists(yolo, "./images/{}.jpg".format, data_yaml)) == OFFICIAL


def test_lists_of_other_names_come_before_those_named_like_splits(yolo):
    data_yaml = "train: a.txt\nval: b.txt\ntest: c.txt\n"
    folder = write_lists(yolo, "images/{}.jpg".format, data_yaml, ("a", "b", "c"))
    (folder / "train.txt").write_text("\n".join(OFFICIAL))
    assert splits_of(folder) == OFFICIAL


@pytest.mark.parametrize("names", [("Train", "VAL", "Test"), ("training", "valid", "testing")])
def test_names_of_lists_may_vary(yolo, names):
    assert splits_of(write_lists(yolo, "{}.jpg".format, names=names)) == OFFICIAL


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lists_may_have_a_byte_order_mark(yolo, encoding):
    folder = write_lists(yolo, "{}.jpg".format)
    for name in ("train", "val", "test"):
        file = folder / f"{name}.txt"
        file.write_text(file.read_text(encoding="utf-8"), encoding=encoding)
    assert splits_of(folder) == OFFICIAL


PLACES = ["ImageSets/Segmentation/{}.txt", "imagesets/Main/{}.txt", "splits/{}.txt", "lists/{}.lst"]
PLACES += ["split/{}_list.txt", "{}_set.txt", "list_{}.txt", "{}-list.txt", "{}.lst"]


@pytest.mark.parametrize("place", PLACES)
def test_lists_in_folders_and_by_other_names_are_obeyed(yolo, tmp_path, place):
    yolo()
    for name, part in (("train", TRAIN), ("val", VALIDATION), ("test", TEST), ("trainval", TRAIN)):
        file = tmp_path / place.format(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(f"{stem} 1" if " " not in stem else stem for stem in part))
    assert splits_of(tmp_path) == OFFICIAL


CSVS = {
    "photos alone": ("", "images/{}.jpg"),
    "a header": ("image\n", "{}.jpg"),
    "stems": ("File_Name\n", "{}"),
    "masks": ("image;mask\n", "{0}.jpg;{0}.png"),
    "an index": (",image\n", "3,{}.jpg"),
    "a header of other words": ("left,right\n", "7,{}.jpg"),
    "quotes": ("label,photo\n", '1,"{}.jpg"'),
}


@pytest.mark.parametrize(("header", "row"), CSVS.values(), ids=CSVS)
def test_lists_may_be_csv(yolo, tmp_path, header, row):
    yolo()
    for name, part in (("train", TRAIN), ("val", VALIDATION), ("test", TEST)):
        (tmp_path / f"{name}.csv").write_text(header + "\n".join(map(row.format, part)))
    assert splits_of(tmp_path) == OFFICIAL


def test_two_lists_of_one_split_must_agree(yolo, tmp_path):
    folder = yolo(train=TRAIN)
    (folder / "splits").mkdir()
    copy = folder / "splits" / "train_list.txt"
    copy.write_text("".join(f"images/{stem}.jpg\n" for stem in TRAIN))
    assert set(reasons_of(folder)) == {"p3", "p4", "é 5"}
    copy.write_text("p0")
    with pytest.raises(LayoutError, match=r"/train\.txt.*splits/train_list\.txt"):
        list_photos("crackseg", folder)


@pytest.mark.parametrize("name", ["splits.json", "split.mat", "train.json", "val_ids.txt"])
def test_lists_that_are_not_read_are_told(yolo, name):
    folder = yolo()
    (folder / name).write_text('["p0"]')
    assert reasons_of(folder) == {name: f"list of a split that is not read: {name}"}


def test_annotations_and_tables_are_no_lists(yolo):
    folder = yolo()
    content = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "crack"}]}
    for name in ("train.json", "instances_train.json"):
        (folder / name).write_text(json.dumps(content))
    for name in ("labels.csv", "notes.txt", "latest.txt", "trainval.txt"):
        (folder / name).write_text("p0,1\n")
    touch(folder, "images/train.jpg")
    (folder / "labels" / "train.txt").write_text("0 .2 .1 .6 .1 .6 .2")
    assert splits_of(folder) == dict.fromkeys([*OFFICIAL, "train"])


def test_lists_and_descriptions_on_top_of_the_layout_are_obeyed(yolo, tmp_path):
    yolo()
    for kind in ("images", "labels"):
        (tmp_path / "inner").mkdir(exist_ok=True)
        (tmp_path / kind).rename(tmp_path / "inner" / kind)
    (tmp_path / "docs").mkdir()
    folder = write_lists(yolo, "inner/images/{}.jpg".format)
    assert splits_of(folder) == OFFICIAL
    for name in ("train", "val", "test"):
        (folder / f"{name}.txt").rename(folder / f"my {name}.txt")
    yolo("train: my train.txt\nval: my val.txt\ntest: my test.txt\n")
    assert splits_of(folder) == OFFICIAL


def test_photos_are_found_where_lists_name_them(yolo, tmp_path):
    (tmp_path / "images").rename(tmp_path / "photos")
    for label in (tmp_path / "labels").iterdir():
        label.rename(tmp_path / "photos" / label.name)
    data_yaml = "train: train.txt\nval: val.txt\ntest: test.txt\n"
    assert splits_of(write_lists(yolo, "data/photos/{}.jpg".format, data_yaml)) == OFFICIAL


def test_names_that_several_folders_hold_are_told_apart_by_their_paths(tmp_path):
    for site, part in (("a", "train"), ("b", "val"), ("c", "test")):
        touch(tmp_path, f"images/{site}/1.jpg", f"masks/{site}/1.png")
        (tmp_path / f"{part}.txt").write_text(f"/other/set/images/{site}/1.jpg")
    listed = list_photos("folder", tmp_path)
    assert [photo.split for photo in listed] == ["train", "validation", "test"]


@pytest.mark.parametrize("source", ["folder", "coco", "deepcrack", "class_folders"])
def test_lists_of_other_layouts_are_obeyed(tmp_path, source):
    names = [f"{number}.jpg" for number in range(6)]
    if source == "folder":
        touch(tmp_path, *(f"images/{name}" for name in names))
        touch(tmp_path, *(f"masks/{name[0]}.png" for name in names))
    elif source == "class_folders":
        touch(tmp_path, *(f"{'Positive' if name < '4' else 'Negative'}/{name}" for name in names))
    elif source == "coco":
        touch(tmp_path, *(f"photos/{name}" for name in names))
        images = [{"id": number, "file_name": name} for number, name in enumerate(names)]
        content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "crack"}]}
        (tmp_path / "all.json").write_text(json.dumps(content))
    else:
        part = {name: "test" if name >= "4" else "train" for name in names}
        touch(tmp_path, *(f"{part[name]}_img/{name}" for name in names))
        touch(tmp_path, *(f"{part[name]}_lab/{name[0]}.png" for name in names))
    for part, some in (("train", names[:3]), ("val", names[3:4]), ("test", names[4:])):
        (tmp_path / f"{part}.txt").write_text("\n".join(some))
    found = splits_of(tmp_path, source)
    assert [found[name[0]] for name in names] == [*["train"] * 3, "validation", "test", "test"]


def test_what_contradicts_lists_is_set_aside_by_name(yolo):
    folder = yolo(
        train=["images/p0.jpg", "images/p1.jpg", "# a comment", "", "images/p0.jpg"],
        val=["images/p1.jpg", "images/p3.jpg", "images/gone.jpg"],
        test=["images/p4.jpg"],
    )
    assert reasons_of(folder) == {
        "p1": "photo in several splits: train by train.txt and validation by val.txt",
        "p2": "photo in no list of a split",
        "é 5": "photo in no list of a split",
        "val.txt/images/gone.jpg": "file named in a list is missing: val.txt",
    }


def test_a_list_that_contradicts_a_folder_of_test_is_set_aside(tmp_path):
    touch(tmp_path, "train_img/a.jpg", "train_lab/a.png", "test_img/b.jpg", "test_lab/b.png")
    (tmp_path / "train.txt").write_text("a.jpg\nb.jpg\n")
    assert reasons_of(tmp_path, "deepcrack") == {
        "test/b": "photo in several splits: train by train.txt and test by its folder"
    }


def test_a_name_of_several_photos_is_set_aside(tmp_path):
    touch(tmp_path, "a/1.jpg", "b/1.jpg")
    (tmp_path / "train.txt").write_text("1.jpg")
    assert reasons_of(tmp_path, "folder") == {
        "a/1": "photo in no list of a split",
        "b/1": "photo in no list of a split",
        "train.txt/1.jpg": "several photos of one name: a/1.jpg, b/1.jpg for 1.jpg",
    }


def test_without_a_list_of_train_the_rest_is_not_left_out(yolo):
    assert splits_of(yolo(test=TEST)) == {
        stem: "test" if stem in TEST else None for stem in OFFICIAL
    }


def test_a_label_file_named_like_a_split_is_no_list(tmp_path):
    touch(tmp_path, "photos/train.jpg", "photos/b.jpg")
    (tmp_path / "data.yaml").write_text("train: photos\nnames: [crack]\n")
    for label in ("photos/train.txt", "photos/b.txt"):
        (tmp_path / label).write_text("0 .2 .1 .6 .1 .6 .2")
    assert splits_of(tmp_path) == {"train": "train", "b": "train"}
    (tmp_path / "photos" / "train.txt").write_text("")
    assert splits_of(tmp_path) == {"train": "train", "b": "train"}


def test_a_list_that_is_no_text_is_refused(yolo):
    folder = yolo("train: photos.txt\n")
    (folder / "photos.txt").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SourceError, match=r"UTF-8.*photos\.txt"):
        list_photos("crackseg", folder)


@pytest.mark.parametrize("suffix", ["txt", "csv", "LST"])
def test_a_list_that_is_named_and_missing_is_refused(yolo, suffix):
    folder = yolo(f"train: train.txt\nval: lists/val.{suffix}\n", train=TRAIN)
    with pytest.raises(
        LayoutError, match=rf"with lists/val\.{suffix} for validation, which is not there"
    ):
        list_photos("crackseg", folder)


def test_places_that_give_a_split_no_photos_are_told(yolo):
    folder = yolo("train: images\nval: ../valid/images\ntest: images\n")
    lost = "split that the description names is"
    assert reasons_of(folder) == {
        "data.yaml/validation": f"{lost} not there: ../valid/images",
        "data.yaml/test": f"{lost} another one: images is train already",
    }
