import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.sources.pairing import (
    cut_mask_ending,
    find_marked_masks,
    group_by_stem,
    stem_of,
)


def pairs_of(images, masks):
    groups, strangers = group_by_stem(images, masks)
    return [pair for group in groups for pair in group.pairs()], strangers


def test_pairs_by_stem_whatever_the_order():
    pairs, strangers = pairs_of(["b.jpg", "a.jpg"], ["a.png", "b.png", "c.png"])
    assert pairs == [("a.jpg", "a.png"), ("b.jpg", "b.png")]
    assert strangers == ["c.png"]


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("a.jpg", "a_mask.png"),
        ("a.jpg", "a-GT.png"),
        ("a.jpg", "a label.png"),
        ("a.JPG", "a.jpg.png"),
        ("a.jpg", "a.jpg_mask.png"),
        ("Wall 1.jpg", "wall 1.png"),
        ("Wall.jpg", "wall_Mask.png"),
        ("sub/a.jpg", "sub/a_mask.png"),
        (unicodedata.normalize("NFC", "mur été.jpg"), unicodedata.normalize("NFD", "mur été.png")),
    ],
)
def test_stated_variants_of_the_stem_are_accepted_and_known(image, mask):
    mask = mask.replace("a.jpg", image) if image == "a.JPG" else mask
    groups, strangers = group_by_stem([image, "other.jpg"], [mask, "other.png"])
    group = next(group for group in groups if group.images == [image])
    assert group.pairs() == [(image, mask)]
    assert group.variants == {mask}
    assert strangers == []


def test_the_exact_stem_comes_before_variants():
    pairs, _ = pairs_of(["a.jpg", "a_mask.jpg"], ["a.png", "a_mask.png"])
    assert pairs == [("a.jpg", "a.png"), ("a_mask.jpg", "a_mask.png")]


def test_a_variant_beside_the_exact_mask_leaves_no_pair():
    assert pairs_of(["a.jpg"], ["a.png", "a_mask.png"]) == ([], [])


def test_a_variant_that_fits_two_stems_belongs_to_none():
    assert pairs_of(["A.jpg", "a.jpg"], ["Ä.png", "A.png", "a.png"])[0] == [
        ("A.jpg", "A.png"),
        ("a.jpg", "a.png"),
    ]
    assert pairs_of(["Ab.jpg", "aB.jpg"], ["ab.png"]) == ([], ["ab.png"])


def test_masks_of_another_subfolder_are_strangers():
    assert pairs_of(["one/a.jpg"], ["two/a.png"]) == ([], ["two/a.png"])


def test_images_with_one_stem_are_told_apart_by_full_names():
    pairs, _ = pairs_of(["1.jpg", "1.png"], ["1.jpg", "1.png"])
    assert pairs == [("1.jpg", "1.jpg"), ("1.png", "1.png")]
    assert pairs_of(["1.jpg", "1.png"], ["1.jpg"]) == ([], [])
    assert pairs_of(["1.jpg", "1.png"], ["1.jpg", "1.bmp"]) == ([], [])


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.jpg", "a"),
        ("x/a.b.jpg", "x/a.b"),
        ("x.y/a", "x.y/a"),
        (".jpg", ".jpg"),
        ("🌉.JPG", "🌉"),
    ],
)
def test_a_stem_keeps_its_folder(name, stem):
    assert stem_of(name) == stem


@pytest.mark.parametrize("stem", ["mask", "a", "x/_mask", "_mask", "amask"])
def test_what_is_no_ending_is_not_cut(stem):
    assert cut_mask_ending(stem) is None


STEMS = st.lists(st.sampled_from(["a", "A", "b", "a_mask", "b_gt", "é"]), unique=True)


@given(STEMS, STEMS)
def test_no_file_is_lost_and_none_is_used_twice(images, masks):
    groups, strangers = group_by_stem([f"{s}.jpg" for s in images], [f"{s}.png" for s in masks])
    grouped = [name for group in groups for name in group.masks]
    assert sorted(grouped + strangers) == sorted(f"{s}.png" for s in masks)
    assert sorted(name for group in groups for name in group.images) == sorted(
        f"{s}.jpg" for s in images
    )


WORDS = [
    ("1.jpg", "mask_1.png"),
    ("img_1.jpg", "mask_1.png"),
    ("IMG-1.jpg", "GT-1.png"),
    ("1_image.jpg", "1_label.png"),
    ("1_image.jpg", "1.png"),
    ("image1.jpg", "mask1.png"),
    ("sub/img_1.jpg", "sub/label_1.png"),
    ("a b photo.jpg", "ground_truth a b.png"),
]


@pytest.mark.parametrize(("image", "mask"), WORDS)
def test_words_that_a_whole_folder_follows_are_cut_off(image, mask):
    other = [name.replace("1", "2").replace("a b", "c") for name in (image, mask)]
    groups, strangers = group_by_stem([image, other[0]], [mask, other[1]])
    assert sorted(pair for group in groups for pair in group.pairs()) == sorted(
        [(image, mask), tuple(other)]
    )
    assert strangers == []
    assert all(group.variants for group in groups)


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        (["1.jpg", "2.jpg"], ["mask_1.png", "gt_2.png"]),  # no one word
        (["1.jpg", "2.jpg"], ["mask_1.png", "other.png"]),  # only a part of the folder
        (["img_1.jpg", "scan_2.jpg"], ["mask_1.png", "mask_2.png"]),
        (["1.jpg", "img_1.jpg"], ["mask_2.png", "mask_3.png"]),
        (["mask_1.jpg"], ["1.png"]),  # folders swapped
        (["A_image.jpg", "a_image.jpg"], ["a_label.png"]),  # two would be meant
    ],
)
def test_words_are_not_cut_off_for_a_part_of_a_folder(images, masks):
    assert pairs_of(images, masks) == ([], sorted(masks))


def test_a_mask_without_image_stays_one_where_words_are_cut_off():
    pairs, strangers = pairs_of(["img_1.jpg", "img_2.jpg"], ["mask_1.png", "mask_9.png"])
    assert (pairs, strangers) == ([("img_1.jpg", "mask_1.png")], ["mask_9.png"])


def test_masks_beside_their_photos_are_told_by_a_word():
    photos, masks = {"img_1", "img_2", "img_3"}, {"mask_1", "mask_2"}
    assert find_marked_masks(photos | masks) == masks
    assert find_marked_masks({"1_image", "1_label"}) == {"1_label"}
    assert find_marked_masks({"lab_1", "lab_2", "road_3"}) == set()
    assert find_marked_masks({"1", "mask_1", "mask_2"}) == set()
