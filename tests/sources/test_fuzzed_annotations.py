"""Every reader of annotations against what tools and people write, and against nonsense.

A reader understands, sets aside with a reason, or refuses by an error of the project. It never
makes a photo without crack of one that an annotation calls cracked.
"""

import contextlib
import copy
import csv
import io
import json
import math
import re
import shutil
from functools import partial

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from scipy.io import savemat
from tests.sources.layouts import touch

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import CrackPipelineError, MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.masks.annotations import decode_crackforest, read_annotation
from crack_pipeline.masks.fitting import draw_upright
from crack_pipeline.masks.run_lengths import encode_rle
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.masks.yolo import decode_yolo, encode_yolo
from crack_pipeline.sources.coco import list_coco
from crack_pipeline.sources.crackseg import list_crackseg
from crack_pipeline.sources.labels_csv import apply_labels, read_labels

WIDTH, HEIGHT = 16, 12
NAMES = ["a.jpg", "mur été 2.jpg", "sub/c.jpg", "d.jpg"]
JUNK = [None, True, "", "x", -1, 1.5, math.nan, math.inf, [], {}, [1], {"a": 1}, "large", 10**400]
NUMBER_OF_EXAMPLES = [200, pytest.param(2000, marks=pytest.mark.slow)]

many = pytest.mark.parametrize("n_examples", NUMBER_OF_EXAMPLES)


def check(n_examples, *strategies):
    """Run a property that many times."""
    return lambda holds: settings(max_examples=n_examples)(given(*strategies)(holds))()


# One seed a document: a draw of each field would take most of the time.
seeded = st.randoms(use_true_random=True)


def spell(rng, number):
    return rng.choice([number, float(number), str(number), f"{number}.0", f" {number}"])


def outline(rng):
    x, y = rng.randrange(WIDTH - 4), rng.randrange(HEIGHT - 3)
    ring = [x, y, x + 4, y, x + 4, y + 2, x, y + 2]
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[y : y + 2, x : x + 4] = 1
    points = np.reshape(ring, (4, 2)).tolist()
    compressed = coco_mask.encode(np.asfortranarray(mask))["counts"]
    lengths = encode_rle(mask, compressed=False)["counts"]
    counts = [compressed.decode(), str(compressed), lengths, [spell(rng, n) for n in lengths]]
    size = [spell(rng, HEIGHT), spell(rng, WIDTH)]
    forms = [ring, [ring], [ring * 2], points, [points], [[point] for point in points]]
    forms += [[list(map(str, ring))], *({"size": size, "counts": one} for one in counts)]
    return rng.choice(forms)


def draw_document(rng):
    """A COCO document in the spellings of many tools, and the photos that it calls cracked."""
    images, annotations, cracked = [], [], set()
    for number, name in enumerate(NAMES, start=11):
        written = rng.choice([name, f"C:\\data\\{name}", name.replace(" ", "%20")])
        sides = rng.choice([(None, None), (spell(rng, WIDTH), spell(rng, HEIGHT))])
        size = dict(zip(("width", "height"), sides, strict=True))
        images.append({"id": spell(rng, number), "file_name": written, **size})
        for category in rng.choices([5, 7], k=rng.randrange(3)):
            shape = {"segmentation": outline(rng), "iscrowd": rng.choice([0, "1", True])}
            ids = {"image_id": spell(rng, number), "category_id": spell(rng, category)}
            annotations.append(ids | shape)
            cracked |= {name} if category == 5 else set()
    names = [{"id": spell(rng, 5), "name": "crack"}, {"id": spell(rng, 7), "name": "rust"}]
    return {"images": images, "annotations": annotations, "categories": names}, cracked


def places_of(node, path=()):
    """Every place of a document, from the whole to the numbers."""
    yield path
    if isinstance(node, dict | list):
        node = node if isinstance(node, dict) else dict(enumerate(node))
        for key, value in node.items():
            yield from places_of(value, (*path, key))


def damage(rng, document):
    """Put nonsense in some places; what is said of cracks is not taken away.

    No nonsense is put in twice: a crack and the class rust might get the same number.
    """
    for junk in rng.sample(JUNK, rng.randrange(1, 4)):
        places = [path for path in places_of(document) if path not in ((), ("annotations",))]
        *path, last = rng.choice(places)
        node = document
        for key in path:
            node = node[key]
        if isinstance(node, dict) and rng.random() < 0.5:
            del node[last]
        else:
            node[last] = copy.deepcopy(junk)


def save(folder, document, encoding="utf-8"):
    data = json.dumps(document, ensure_ascii=encoding != "utf-8").encode(encoding)
    (folder / "a.json").write_bytes(data)
    return data


def outcome_of(photo):
    if photo.reason:
        photo.reason.encode()
        return "set aside"
    try:
        decoded = read_annotation(None, photo.mask_format, photo.annotation, WIDTH, HEIGHT)
    except MaskError:
        return "set aside"
    return "crack" if decoded.mask.any() else "no crack"


def outcomes(folder):
    """Name of each photo → what becomes of it; none where the whole is refused."""
    with contextlib.suppress(CrackPipelineError):
        return {photo.image_path.name: outcome_of(photo) for photo in list_coco(folder)}
    return {}


@many
def test_coco_in_any_spelling_is_understood(tmp_path, n_examples):
    touch(tmp_path, *NAMES)

    @check(n_examples, seeded, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    def holds(rng, encoding):
        document, cracked = draw_document(rng)
        save(tmp_path, document, encoding)
        expected = {
            name.split("/")[-1]: "crack" if name in cracked else "no crack" for name in NAMES
        }
        assert outcomes(tmp_path) == expected


@many
def test_damaged_coco_makes_no_crack_photo_crack_free(tmp_path, n_examples):
    touch(tmp_path, *NAMES)

    @check(n_examples, seeded)
    def holds(rng):
        document, cracked = draw_document(rng)
        damage(rng, document)
        save(tmp_path, document)
        free = {name for name, outcome in outcomes(tmp_path).items() if outcome == "no crack"}
        assert not free & {name.split("/")[-1] for name in cracked}


@many
def test_annotations_in_another_file_than_their_photo_make_none_crack_free(tmp_path, n_examples):
    touch(tmp_path, *NAMES)

    @check(n_examples, seeded)
    def holds(rng):
        document, cracked = draw_document(rng)
        first = {
            key: [one for one in document[key] if rng.random() < 0.5]
            for key in ("images", "annotations")
        }
        rest = {key: [one for one in document[key] if one not in first[key]] for key in first}
        for file, part in (("train.json", first), ("val.json", rest)):
            (tmp_path / file).write_text(json.dumps(document | part))
        free = {name for name, outcome in outcomes(tmp_path).items() if outcome == "no crack"}
        assert not free & {name.split("/")[-1] for name in cracked}


@many
def test_no_bytes_of_a_coco_file_do_harm(tmp_path, n_examples):
    touch(tmp_path, *NAMES)

    @check(n_examples, seeded, st.integers(0), st.binary(max_size=4), st.booleans())
    def holds(rng, place, damaged, is_cut):
        data = save(tmp_path, draw_document(rng)[0])
        start = place % len(data)
        rest = b"" if is_cut else data[start + len(damaged) :]
        (tmp_path / "a.json").write_bytes(data[:start] + damaged + rest)
        outcomes(tmp_path)


@many
def test_no_run_lengths_do_harm(n_examples):
    numbers = st.lists(st.integers(-2, WIDTH * HEIGHT) | st.sampled_from(JUNK), max_size=6)

    # Runs that fill the photo, with a run of crack or without any.
    whole = st.integers(0, 2).map(lambda n: [WIDTH * HEIGHT - n, float(n), "0"][: 1 + (n > 0)])

    @check(n_examples, whole | numbers | st.text("0123456789oO`\\b'\"") | st.sampled_from(JUNK))
    def holds(counts):
        rle = {"size": [HEIGHT, WIDTH], "counts": counts}
        annotation = json.dumps({"size": None, "segmentations": [rle]})
        with contextlib.suppress(MaskError):
            assert read_annotation(None, "coco", annotation, WIDTH, HEIGHT).mask.any()


TOKENS = ["nan", "inf", "-1", "x", "1e400", "0,5", "½", "0x1", "\x00", "5", "0.5 0.5", "#", "1_0"]
YOLO_RINGS = ["0.2 0.1 0.6 0.1 0.6 0.2 0.2 0.2", "0.5 0.5 0.5 0.5 0.5 0.5", "0 0 1 0 1 1"]


@many
def test_yolo_labels_that_speak_of_a_crack_never_say_none(n_examples):
    @check(
        n_examples,
        st.lists(st.tuples(st.sampled_from(YOLO_RINGS), st.integers(1, 3)), min_size=1, max_size=3),
        st.lists(st.tuples(st.integers(0), st.sampled_from(TOKENS)), max_size=2),
        st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
        st.sampled_from([" ", "\t", ", ", "  "]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
        st.integers(0, 8),
    )
    def holds(rings, damages, line_end, gap, encoding, n_cut):
        lines = [["0", *(ring.split() * times)] for ring, times in rings]
        for place, token in damages:
            line = lines[place % len(lines)]
            line[place % len(line)] = token
        lines[-1] = lines[-1][: max(1, len(lines[-1]) - n_cut)]
        data = line_end.join(map(gap.join, lines)).encode(encoding, errors="replace")
        with contextlib.suppress(MaskError):
            assert decode_yolo(data, WIDTH, HEIGHT).mask.any()


@many
def test_no_bytes_of_a_yolo_label_do_harm(n_examples):
    @check(n_examples, st.binary(max_size=60) | st.text("0123456789.e-+ \n,_").map(str.encode))
    def holds(data):
        with contextlib.suppress(MaskError):
            says_something = re.search(rb"[0-9a-zA-Z]", data)
            assert decode_yolo(data, WIDTH, HEIGHT).mask.any() or not says_something


def misname(rng, stem):
    """A name that a label file may get instead of its photo's."""
    added = [f"{stem}_1", f"{stem} (1)", f"copy of {stem}", f"{stem}.jpg", f"1/{stem}", f" {stem}"]
    spelled = [stem.upper(), stem.replace(" ", "_"), stem.replace("_", "-"), stem[1:] or "x"]
    return rng.choice([*added, *spelled, f"{stem}_mask", f"{stem}.txt", stem.replace("é", "e")])


@many
def test_misnamed_yolo_labels_make_no_crack_photo_crack_free(tmp_path, n_examples):
    stems = ["a", "b 1", "IMG_003", "été_d"]
    touch(tmp_path / "images", *(f"{stem}.jpg" for stem in stems))
    folder = tmp_path / "labels"

    @check(n_examples, seeded)
    def holds(rng):
        shutil.rmtree(folder, ignore_errors=True)
        cracked = {stem for stem in stems if rng.random() < 0.7}
        for stem in cracked:
            label = folder / f"{stem if rng.random() < 0.7 else misname(rng, stem)}.txt"
            label.parent.mkdir(parents=True, exist_ok=True)
            label.write_text(f"0 {YOLO_RINGS[0]}\n")
        with contextlib.suppress(CrackPipelineError):
            free = {photo.image_path.stem for photo in list_crackseg(tmp_path) if photo.label == 0}
            assert not free & cracked


@many
def test_outlines_of_turned_photos_are_read_as_they_were_drawn_or_not_at_all(n_examples):
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
    darker = st.integers(0, 80) | st.integers(-80, -40)  # a faint bright crack can mislead

    @check(n_examples, seeded, st.integers(2, 8), st.booleans(), darker)
    def holds(random, orientation, is_upright, darkness):
        rng = np.random.default_rng(random.getrandbits(32))
        mask = np.zeros((48, 64), np.uint8)
        cv2.polylines(mask, [rng.integers(4, 44, (3, 2)).astype(np.int32)], False, 1, 3)
        light = (140 + rng.normal(0, 10, mask.shape) - darkness * mask.astype(float)).clip(0, 255)
        wide = cv2.dilate(mask, np.ones((rng.integers(1, 10),) * 2, np.uint8))
        drawn = wide if is_upright else turn_upright(wide, back[orientation])
        label = encode_yolo(drawn).encode()
        with contextlib.suppress(MaskError):
            found = draw_upright(
                partial(decode_yolo, label),
                light.astype(np.uint8),
                orientation=orientation,
                settings=RepairSettings(),
            )
            np.testing.assert_array_equal(found.mask, wide)


def draw_labels(rng):
    """Rows of a CSV of labels, and the photos that one of them calls cracked."""
    rows, cracked = [], set()
    for name in rng.choices(NAMES, k=rng.randrange(1, 6)):
        is_crack = rng.random() < 0.5
        words = ["1", "1.0", "crack", "Cracked", "TRUE"] if is_crack else ["0", "no_crack", "False"]
        written = [name, f"./{name}", name.replace("/", "\\"), name.removesuffix(".jpg")]
        rows.append([rng.choice(written), rng.choice(words)])
        cracked |= {name} if is_crack else set()
    return rows, cracked


@many
def test_labels_that_say_crack_never_say_none(tmp_path, n_examples):
    photos = [ListedImage(name.removesuffix(".jpg"), tmp_path / name) for name in NAMES]
    path = tmp_path / "labels.csv"

    @check(
        n_examples,
        seeded,
        st.sampled_from(",;\t|"),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
        st.lists(
            st.sampled_from(["", ",", "x,1", '"', "\0", "1;0", "=1", "é|1", "None"]), max_size=1
        ),
    )
    def holds(rng, delimiter, encoding, junk):
        rows, cracked = draw_labels(rng)
        file = io.StringIO()
        csv.writer(file, delimiter=delimiter).writerows([["File", "Label"], *rows])
        lines = file.getvalue().splitlines()
        place = rng.randrange(1, len(lines) + 1)
        lines[place:place] = junk
        path.write_bytes("\r\n".join(lines).encode(encoding))
        with contextlib.suppress(CrackPipelineError):
            listed = apply_labels(photos, read_labels(path), folder=tmp_path, masks={})
            free = {photo.image_path.name for photo in listed if photo.label == 0}
            assert not free & {name.split("/")[-1] for name in cracked}


@many
def test_no_bytes_of_a_csv_of_labels_do_harm(tmp_path, n_examples):
    path = tmp_path / "labels.csv"

    @check(
        n_examples, st.binary(max_size=40) | st.text('01ax,;"\n\r\t|', max_size=40).map(str.encode)
    )
    def holds(data):
        path.write_bytes(b"image,label\n" + data)
        with contextlib.suppress(CrackPipelineError):
            read_labels(path)


@many
def test_a_damaged_matlab_file_with_crack_never_says_none(n_examples):
    kinds = [np.uint8, np.int16, np.uint32, np.float32, np.float64]
    values = st.sampled_from([1, 2, 3, 4, 0, 5, 255])

    @check(
        n_examples,
        st.lists(values, min_size=5, max_size=5),
        st.sampled_from(kinds),
        st.booleans(),
        st.none() | st.tuples(st.integers(0), st.binary(min_size=1, max_size=3)),
    )
    def holds(row, kind, in_cell, damaged):
        regions = np.array([row, [1, 2, 1, 1, 1]], kind)
        truth = {"Segmentation": regions, "Boundaries": regions}
        cell = np.empty((1, 1), object)
        cell[0, 0] = truth
        file = io.BytesIO()
        savemat(file, {"groundTruth": cell if in_cell else truth}, do_compression=True)
        data = bytearray(file.getvalue())
        if damaged:
            start = damaged[0] % len(data)
            data[start : start + len(damaged[1])] = damaged[1]
        with contextlib.suppress(MaskError):
            assert decode_crackforest(bytes(data)).mask.any()
