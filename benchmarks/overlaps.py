"""Time and check the search for overlapping crops.

    export CRACK_DATA_ROOT=<folder of data sets>
    python benchmarks/overlaps.py search
    python benchmarks/overlaps.py recall --photos 500 --seed 0
    python benchmarks/overlaps.py recall --photos 500 --from 2200

``search`` times the search on all photos, against decoding each once. ``recall`` compares its
result with a slow check that knows nothing of points and codes: each pair of photos in each of the
eight symmetries at each translation, correlated by Fourier transforms.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import joblib
import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.splits.overlaps import OverlapTable, find_overlaps
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.splits.shared_part import compare_shared, even_out
from crack_pipeline.splits.symmetries import SYMMETRY_NAMES, apply_symmetry

LARGEST_SECONDS = 120.0
LEAST_RECALL = 0.9
_LEAST_CHECKED_SHARE = 0.1
_WORTH_VERIFYING = 0.55
# More at once do not fit into a core's cache.
_FIRSTS_AT_ONCE = 1


def read_grey(path: str) -> NDArray[np.uint8]:
    """Read a photo in grey."""
    return np.asarray(cv2.imread(path, cv2.IMREAD_GRAYSCALE), np.uint8)


def contents_of(paths: Sequence[str]) -> list[str]:
    """SHA-256 of each file."""
    return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]


def seconds_of(work: Callable[[], object]) -> float:
    """Time of one round."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def count_groups(pairs: NDArray[np.int64], n_photos: int) -> dict[str, int]:
    """Groups of two and more that pairs connect."""
    shape = (n_photos, n_photos)
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape)
    _, numbers = connected_components(graph, directed=False)
    sizes = np.bincount(numbers, minlength=1)
    linked = sizes[sizes > 1]
    return {
        "groups": len(linked),
        "photos_in_groups": int(linked.sum()),
        "largest_group": int(sizes.max()),
    }


def summarize(found: OverlapTable, contents: Sequence[str]) -> dict[str, object]:
    """Counts of what a search found, and of the groups that it makes with exact copies."""
    first_of = {content: row for row, content in reversed(list(enumerate(contents)))}
    copies = np.array([(first_of[content], row) for row, content in enumerate(contents)])
    table = found.table
    symmetries = table["symmetry"].value_counts().sort_index()
    return {
        "seconds": round(found.seconds, 1),
        "pairs": len(table),
        "pairs_by_symmetry": {SYMMETRY_NAMES[int(s)]: int(n) for s, n in symmetries.items()},
        "least_correlation": round(float(table["correlation"].min()), 3),
        **count_groups(np.vstack([found.pairs, copies]), len(contents)),
    }


def measure_search(paths: list[str], settings: OverlapSettings, n_jobs: int) -> dict[str, object]:
    """Time the search, and decoding on the same number of workers."""
    chunks = [paths[start : start + 64] for start in range(0, len(paths), 64)]
    work = joblib.delayed(lambda chunk: sum(read_grey(path).size > 0 for path in chunk))

    def decode() -> int:
        return sum(joblib.Parallel(n_jobs=n_jobs)(map(work, chunks)))

    decode()  # workers start here
    decoding_s = min(seconds_of(decode) for _ in range(3))
    contents = contents_of(paths)
    found = find_overlaps(paths, contents, settings, n_jobs=n_jobs)
    return {
        "files": len(paths),
        "distinct_contents": len(set(contents)),
        "jobs": joblib.effective_n_jobs(n_jobs),
        "decoding_s": round(decoding_s, 2),
        **summarize(found, contents),
        "ratio_to_decoding": round(found.seconds / decoding_s, 1),
        "largest_seconds": LARGEST_SECONDS,
    }


class SlowCheck:
    """Correlation of photos of one square size at half resolution, at every translation."""

    def __init__(self, paths: Sequence[str]) -> None:
        halves = [self._halve(read_grey(path)) for path in paths]
        self.details = np.stack([self._details(half) for half in halves])
        self.side_px = self.details.shape[1]
        self.fft_px = scipy.fft.next_fast_len(int(self.side_px * (2 - _LEAST_CHECKED_SHARE)), True)
        shifts = np.fft.fftfreq(self.fft_px, 1 / self.fft_px).astype(int)
        self.shifts = np.clip(shifts, -self.side_px, self.side_px)
        self.lows = np.maximum(0, self.shifts)
        self.highs = np.maximum(self.lows, np.minimum(self.side_px, self.side_px + self.shifts))
        lengths = (self.highs - self.lows) / self.side_px
        self.shares = lengths[:, None] * lengths[None, :]
        unwrapped = np.abs(shifts) <= self.fft_px - self.side_px
        self.allowed = (
            (self.shares >= _LEAST_CHECKED_SHARE) & unwrapped[:, None] & unwrapped[None, :]
        )
        self.spectra = scipy.fft.rfft2(self.details, s=(self.fft_px,) * 2)
        self.inverse_norms = np.stack([self._inverse_norm(d, 0) for d in self.details])

    @staticmethod
    def _halve(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
        size_px = (round(grey.shape[1] / 2), round(grey.shape[0] / 2))
        return np.asarray(cv2.resize(grey, size_px, interpolation=cv2.INTER_AREA), np.uint8)

    @staticmethod
    def _details(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
        levels = grey.astype(np.float32)
        band = cv2.GaussianBlur(levels, (0, 0), 0.6) - cv2.GaussianBlur(levels, (0, 0), 3.0)
        contrast = np.sqrt(cv2.GaussianBlur(band * band, (0, 0), 8.0) + 1.0)
        return np.clip(band / contrast, -2.5, 2.5).astype(np.float32)

    def _inverse_norm(self, details: NDArray[np.float32], is_second: int) -> NDArray[np.float32]:
        power = cv2.integral(details.astype(np.float64) ** 2)
        lows, highs = self.lows - is_second * self.shifts, self.highs - is_second * self.shifts
        energy = (
            power[np.ix_(highs, highs)]
            - power[np.ix_(lows, highs)]
            - power[np.ix_(highs, lows)]
            + power[np.ix_(lows, lows)]
        )
        # A blank part has hardly any energy: noise must not be divided by it.
        energy = np.maximum(energy, 0.05 * self.shares * self.side_px**2 + 1)
        return np.where(self.allowed, 1 / np.sqrt(energy), 0).astype(np.float32)

    def candidates_of(self, second: int) -> list[tuple[int, int, int, int, int]]:
        """All earlier photos that may overlap one photo.

        Returns:
            First photo, second photo, symmetry, and the translation in pixels of the photos.
        """
        turned = [np.ascontiguousarray(apply_symmetry(self.details[second], s)) for s in range(8)]
        spectra = np.conj(scipy.fft.rfft2(np.stack(turned), s=(self.fft_px,) * 2))
        norms = np.stack([self._inverse_norm(some, 1) for some in turned])
        found = []
        for start in range(0, second, _FIRSTS_AT_ONCE):
            some = slice(start, min(start + _FIRSTS_AT_ONCE, second))
            products = self.spectra[some, None] * spectra[None]
            fits = scipy.fft.irfft2(products, s=(self.fft_px,) * 2, overwrite_x=True)
            fits *= norms[None]
            fits *= self.inverse_norms[some, None]
            flat = fits.reshape(*fits.shape[:2], -1)
            best = flat.argmax(axis=2)
            peaks = np.take_along_axis(flat, best[..., None], axis=2)[..., 0]
            for row, symmetry in np.argwhere(peaks >= _WORTH_VERIFYING):
                y, x = np.unravel_index(best[row, symmetry], (self.fft_px,) * 2)
                shift = 2 * int(self.shifts[x]), 2 * int(self.shifts[y])
                found.append((start + int(row), second, int(symmetry), *shift))
        return found


def check_slowly(
    paths: Sequence[str], part: int, n_parts: int, limit: float
) -> set[tuple[int, int]]:
    """Overlapping pairs among every ``n_parts``-th photo and all photos before it."""
    cv2.setNumThreads(1)
    check = SlowCheck(paths)
    full = [even_out(read_grey(path)) for path in paths]
    overlapping = set()
    for second in range(part, len(paths), n_parts):
        for first, _, symmetry, dx_px, dy_px in check.candidates_of(second):
            shared = compare_shared(
                full[first], full[second], symmetry=symmetry, dx_px=dx_px, dy_px=dy_px
            )
            if shared.correlation >= limit and shared.share >= _LEAST_CHECKED_SHARE:
                overlapping.add((first, second))
    return overlapping


def measure_recall(paths: list[str], settings: OverlapSettings, n_jobs: int) -> dict[str, object]:
    """Which of the pairs that the slow check finds does the search find?"""
    n_parts = joblib.effective_n_jobs(n_jobs)
    started = time.perf_counter()
    work = joblib.delayed(check_slowly)
    parts = joblib.Parallel(n_jobs=n_jobs)(
        work(paths, part, n_parts, settings.min_correlation) for part in range(n_parts)
    )
    slow_s = time.perf_counter() - started
    true_pairs = set().union(*parts)
    contents = contents_of(paths)
    copies = {pair for pair in true_pairs if contents[pair[0]] == contents[pair[1]]}
    found = find_overlaps(paths, contents, settings, n_jobs=n_jobs)
    # Copies are linked by their contents, and only the first of them takes part in the search.
    first_of = {content: row for row, content in reversed(list(enumerate(contents)))}
    wanted = {
        tuple(sorted(first_of[contents[row]] for row in pair)) for pair in true_pairs - copies
    }
    got = set(map(tuple, found.pairs.tolist()))
    missed = sorted(wanted - got)
    return {
        "files": len(paths),
        "slow_check_s": round(slow_s, 1),
        "search_s": round(found.seconds, 1),
        "pairs_of_slow_check": len(true_pairs),
        "of_them_copies": len(copies),
        "overlaps_of_slow_check": len(wanted),
        "of_them_found": len(wanted & got),
        "recall": round(len(wanted & got) / max(len(wanted), 1), 4),
        "found_besides": len(got - wanted),
        "found_besides_below_its_least_share": int(
            sum(
                (row.first, row.second) not in wanted and row.shared_share < _LEAST_CHECKED_SHARE
                for row in found.table.itertuples()
            )
        ),
        "missed": [[Path(paths[row]).name for row in pair] for pair in missed],
    }


def main() -> None:
    """Measure, print, and fail where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "metu"
    parser.add_argument("what", choices=("search", "recall"))
    parser.add_argument("--path", type=Path, default=default, help="folder of folders of photos")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--photos", type=int, default=500, help="recall: number of photos")
    parser.add_argument("--seed", type=int, default=0, help="recall: draws the photos")
    parser.add_argument("--from", dest="start", type=int, help="recall: a block of names instead")
    parser.add_argument("--scales", type=float, nargs="*", default=[])
    arguments = parser.parse_args()
    paths = sorted(str(path) for path in arguments.path.glob("*/*.jpg"))
    settings = OverlapSettings(scales=tuple(arguments.scales))
    if arguments.what == "search":
        result = measure_search(paths, settings, arguments.jobs)
        is_good = result["seconds"] <= LARGEST_SECONDS
    else:
        result = measure_recall(choose(paths, arguments), settings, arguments.jobs)
        is_good = result["recall"] >= LEAST_RECALL
    print(json.dumps(result, indent=1))
    if not is_good:
        raise SystemExit("a limit is passed")


def choose(paths: list[str], arguments: argparse.Namespace) -> list[str]:
    """Photos for the slow check: drawn at random, or a block of neighbouring names."""
    if arguments.start is not None:
        return paths[arguments.start : arguments.start + arguments.photos]
    drawn = np.random.default_rng(arguments.seed).choice(
        len(paths), arguments.photos, replace=False
    )
    return [paths[row] for row in sorted(drawn)]


if __name__ == "__main__":
    main()
