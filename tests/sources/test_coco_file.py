import json
from contextlib import nullcontext

import pytest

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.coco_file import read_coco_file

CRACK = [{"id": 1, "name": "crack"}]


@pytest.fixture
def read(tmp_path):
    def read(images=(), annotations=(), categories=CRACK, **others):
        content = {"images": images, "annotations": annotations, "categories": categories}
        path = tmp_path / "instances.json"
        path.write_text(json.dumps(content | others), encoding="utf-8")
        return read_coco_file(path)

    return read


def image(number, name="a.jpg"):
    return {"id": number, "file_name": name, "width": 8, "height": 6}


def crack(image_id, category_id=1, segmentation="outline"):
    return {"image_id": image_id, "category_id": category_id, "segmentation": segmentation}


def test_each_photo_gets_its_annotations(read):
    document = read(
        [image(1, "a.jpg"), image("x", "b.jpg")], [crack("x"), crack(1), crack("x", 1, "other")]
    )
    assert [(one.file_name, one.segmentations) for one in document.photos] == [
        ("a.jpg", ["outline"]),
        ("b.jpg", ["outline", "other"]),
    ]
    assert (document.photos[0].width_px, document.photos[0].height_px) == (8, 6)
    assert document.faults == []


def test_other_categories_are_counted_and_unknown_ones_named(read):
    categories = [*CRACK, {"id": 2, "name": "spalling"}]
    (photo,) = read([image(1)], [crack(1, 2), crack(1, 9), crack(1)], categories).photos
    assert (photo.segmentations, photo.n_other, photo.unknown_categories) == (["outline"], 1, [9])


def test_the_only_category_counts_whatever_its_name(read):
    (photo,) = read([image(1)], [crack(1, 5)], [{"id": 5, "name": "0"}]).photos
    assert photo.segmentations == ["outline"]


def test_the_project_that_roboflow_lists_as_a_category_does_not_count(read):
    categories = [
        {"id": 0, "name": "walls-x1", "supercategory": "none"},
        {"id": 1, "name": "damage", "supercategory": "walls-x1"},
    ]
    (photo,) = read([image(1)], [crack(1)], categories).photos
    assert photo.segmentations == ["outline"]


def test_supercategories_count_where_no_name_speaks_of_cracks(read):
    categories = [
        {"id": 1, "name": "longitudinal", "supercategory": "crack"},
        {"id": 2, "name": "transverse", "supercategory": "crack"},
        {"id": 3, "name": "spalling", "supercategory": "other"},
    ]
    (photo,) = read([image(1)], [crack(1), crack(1, 2), crack(1, 3)], categories).photos
    assert (len(photo.segmentations), photo.n_other) == (2, 1)


def test_a_supercategory_of_cracks_does_not_make_spalling_one(read):
    categories = [
        {"id": 1, "name": "crack", "supercategory": "crack-project"},
        {"id": 2, "name": "spalling", "supercategory": "crack-project"},
    ]
    (photo,) = read([image(1)], [crack(1), crack(1, 2)], categories).photos
    assert (len(photo.segmentations), photo.n_other) == (1, 1)


def test_no_category_named_crack_is_an_error(read):
    categories = [{"id": 1, "name": "spalling"}, {"id": 2, "name": "rust"}]
    with pytest.raises(LayoutError, match=r"instances\.json with spalling, rust"):
        read([image(1)], [], categories)


def test_annotations_of_photos_that_are_not_listed_are_faults(read):
    document = read([image(1)], [crack(7), crack(8), crack(7), crack([1]), "text"])
    assert document.faults == [
        "annotation of a photo that is not listed: 5 with image_id 7, 8, none"
    ]


def test_entries_without_id_or_name_are_faults(read):
    images = [image(1), {"id": 2}, {"file_name": "c.jpg"}, {"id": 3, "file_name": ""}, 5, None]
    document = read(images)
    assert len(document.photos) == 1
    assert document.faults == ["entry without id or file name: 5"]


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, "1"), ("1", 1.0), ("1.0", 1), (" a", "a"), ("é", "e\u0301"), (7, "007")],
)
def test_an_id_is_the_same_in_any_spelling(read, first, second):
    categories = [{"id": first, "name": "crack"}, {"id": 50, "name": "rust"}]
    document = read([image(first), image(60, "b.jpg")], [crack(second, second)], categories)
    assert [one.segmentations for one in document.photos] == [["outline"], []]
    assert document.faults == []


@pytest.mark.parametrize("odd", [None, True, "", " ", [1], {}, float("nan"), float("inf")])
def test_what_is_no_id_is_a_fault(read, odd):
    document = read([image(odd), image(2, "b.jpg")], [crack(odd)])
    assert document.faults[0] == "entry without id or file name: 1"
    assert document.left_over


def test_annotations_of_no_photo_are_left_over_unless_they_are_no_cracks(read):
    categories = [*CRACK, {"id": 2, "name": "rust"}]
    for category, left_over in ((1, "1 with image_id 7"), (9, "1 with image_id 7"), (2, "")):
        document = read([image(1), image(2, "b.jpg")], [crack(1), crack(7, category)], categories)
        assert document.left_over == left_over
        assert len(document.faults) == 1


@pytest.mark.parametrize(
    ("side", "n_photos", "farthest", "is_refused"),
    [
        (400, 5, 98, True),
        (4000, 2, 60.5, True),
        (400, 3, 98, False),
        (120, 9, 98, False),
        (None, 9, 98, False),
        (400, 5, 40, False),
        (400, 5, 101, False),
    ],
)
def test_coordinates_in_percent_are_refused_where_chance_cannot_explain_them(
    read, side, n_photos, farthest, is_refused
):
    size = {"width": side, "height": side}
    images = [image(n, f"{n}.jpg") | size for n in range(n_photos)]
    outline = [[1, 1, 5, 1, 5, farthest]]
    annotations = [crack(n, segmentation=outline) for n in range(n_photos)]
    expected = pytest.raises(LayoutError, match="percent") if is_refused else nullcontext()
    with expected:
        read(images, annotations)


def test_text_in_a_code_page_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes('{"name": "Brücke"}'.encode("cp1252"))
    with pytest.raises(LayoutError, match="UTF-8"):
        read_coco_file(path)


def test_a_file_that_lists_none_of_the_photos_of_its_annotations_is_refused(read):
    with pytest.raises(LayoutError, match=r"must list the photos.*2 with image_id 1, 5"):
        read([], [crack(1), crack(5)])


@pytest.mark.parametrize(
    ("width", "height"), [(8, 6), (8.0, "6"), ("8.0", 6), (" 8", "6.00"), (None, None)]
)
def test_a_size_is_the_same_in_any_spelling(read, width, height):
    (photo,) = read([image(1) | {"width": width, "height": height}]).photos
    assert (photo.width_px, photo.height_px) == ((8, 6) if width else (None, None))
    assert photo.odd_size == ""


@pytest.mark.parametrize(
    "odd",
    ["large", "8px", "", 8.5, 0, -8, True, [8], {}, None, float("nan"), float("inf"), 10**400],
)
def test_a_size_that_is_none_is_told(read, odd):
    (photo,) = read([image(1) | {"width": odd}]).photos
    assert photo.odd_size
    assert photo.width_px is None
    assert len(photo.odd_size) < 100


@pytest.mark.parametrize(
    "second", [{"id": "1", "name": "rust"}, {"id": 1.0, "name": "rust"}, {"name": "rust"}]
)
def test_categories_that_cannot_be_told_apart_are_refused(read, second):
    with pytest.raises(LayoutError, match="number of its own"):
        read([image(1)], [crack(1)], [*CRACK, second])


def test_a_key_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [], "annotations": [{"id": 1}], "annotations": []}')
    with pytest.raises(LayoutError, match="one key twice"):
        read_coco_file(path)


@pytest.mark.parametrize(
    "second", [image(1, "b.jpg"), image("1", "b.jpg"), image(1.0, "b.jpg"), image(2, "a.jpg")]
)
def test_repeated_ids_and_names_are_marked(read, second):
    document = read([image(1, "a.jpg"), second, image(3, "c.jpg")])
    assert [one.is_repeated for one in document.photos] == [True, True, False]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "5",
        "null",
        "{}",
        '{"images": [], "annotations": []}',
        '{"images": [], "annotations": [], "categories": []}',
        '{"images": [], "categories": [{"id": 1, "name": "crack"}]}',
        '{"images": 5, "annotations": [], "categories": [{"id": 1, "name": "crack"}]}',
        '{"images": [], "annotations": {}, "categories": [{"id": 1, "name": "crack"}]}',
        '{"images": [], "annotations": [], "categories": {"1": "crack"}}',
    ],
)
def test_other_json_is_no_coco_file(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(content)
    assert read_coco_file(path) is None


@pytest.mark.parametrize(
    "content",
    [b"", b'{"images": [{"id": 1', b"\xff\xfe\x00garbage", b"[" * 200_000, b'{"images": [],}'],
)
def test_invalid_json_is_an_error(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(LayoutError, match=r"must be whole, valid JSON.*a\.json"):
        read_coco_file(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_byte_order_mark_does_no_harm(tmp_path, encoding):
    path = tmp_path / "a.json"
    content = {"images": [image(1)], "annotations": [], "categories": CRACK}
    path.write_text(json.dumps(content), encoding=encoding)
    assert len(read_coco_file(path).photos) == 1


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="must be readable"):
        read_coco_file(tmp_path / "none.json")
