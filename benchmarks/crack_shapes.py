"""Length, ends and junctions of drawn shapes, beside simpler ways to measure them.

    python benchmarks/crack_shapes.py [--shapes 200] [--turns 24] [--seed 0]

Lines, sines and arcs (1.5–12 px wide, 120 px and longer) and T, Y and X (2–10 px, arms at least 45°
apart) at any angle and place within a pixel; masks are coverage ≥ 0.5. Some shapes of each simple
kind are drawn again, turned by equal angles. Fails where a length is off by more than 1 % + 1 px
(branched: 3 % + half a width), or under 90 % of branched shapes have the right ends and junctions.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from drawn_shapes import BRANCHED, SIMPLE, DrawnShape, draw_shape, make_shape, turn_shape
from numpy.typing import NDArray

from crack_pipeline.measure.centreline import measure_length, thin
from crack_pipeline.measure.network import trace_cracks
from crack_pipeline.measure.skeletons import link_strands

LEAST_SHARE_RIGHT = 0.9


@dataclass(frozen=True)
class Outcome:
    """Errors of one shape.

    Attributes:
        shape: The shape.
        length_error_px: By way of measuring, measured less true.
        right: True where pieces, ends and junctions are those of the shape.
    """

    shape: DrawnShape
    length_error_px: dict[str, float]
    right: bool

    @property
    def allowed_px(self) -> float:
        """Largest error of the length."""
        if self.shape.name in BRANCHED:
            return 0.03 * self.shape.length_px + self.shape.width_px / 2
        return 0.01 * self.shape.length_px + 1


def measure(shape: DrawnShape) -> Outcome:
    """Measure one shape in every way."""
    coverage, _ = draw_shape(shape)
    mask = (coverage >= 0.5).astype(np.uint8)
    line = thin(mask)
    networks = trace_cracks(mask)
    lengths = {
        "trace_cracks": sum(network.length_px for network in networks),
        "corner-counted (crackpot)": count_corners(line),
        "measure_length": measure_length(line),
        "pixels of the skeleton": float(np.count_nonzero(line)),
    }
    ends, junctions = (sum(n.kinds.count(kind) for n in networks) for kind in ("end", "junction"))
    return Outcome(
        shape,
        {way: length - shape.length_px for way, length in lengths.items()},
        (len(networks), ends, junctions) == (1, shape.ends, shape.junctions),
    )


def count_corners(line: NDArray[np.bool_]) -> float:
    """Length by .980 straight steps + 1.406 diagonal steps − .091 changes of direction.

    Source:
        Vossepoel, Smeulders (1982), Vector code probability and metrication error in the
        representation of straight lines of finite length, Computer Graphics and Image Processing
        20, 347–364
    """
    places, total = np.argwhere(line), 0.0
    for strand in link_strands(places)[0]:
        steps = np.diff(places[strand.points], axis=0)
        diagonal = np.count_nonzero(np.abs(steps).sum(axis=1) == 2)
        corners = np.count_nonzero((np.diff(steps, axis=0) != 0).any(axis=1))
        total += 0.980 * (len(steps) - diagonal) + 1.406 * diagonal - 0.091 * corners
    return total


def summarise(outcomes: list[Outcome], way: str) -> str:
    """Bias, root of the mean square, and largest error of the length in %; share within limits."""
    share = np.array([o.length_error_px[way] / o.shape.length_px for o in outcomes]) * 100
    within = np.mean([abs(o.length_error_px[way]) <= o.allowed_px for o in outcomes]) * 100
    rms, worst = np.sqrt(np.mean(share**2)), np.abs(share).max()
    return f"{share.mean():+6.2f} {rms:6.2f} {worst:6.2f} {within:7.1f}"


def draw_many(
    kinds: tuple[str, ...], widths: tuple[float, float], n: int, rng: np.random.Generator
) -> list[DrawnShape]:
    """As many shapes of each kind."""
    return [make_shape(kind, rng.uniform(*widths), rng) for kind in kinds for _ in range(n)]


def print_table(title: str, outcomes: list[Outcome], wanted: Callable[[Outcome], bool]) -> None:
    """One row per way of measuring the length."""
    chosen = [outcome for outcome in outcomes if wanted(outcome)]
    print(f"\n{title} ({len(chosen)}): length, bias %, RMSE %, worst %, within the limit %")
    for way in chosen[0].length_error_px:
        print(f"  {way:28s} {summarise(chosen, way)}")


def main() -> int:
    """Print the tables; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=200, help="of each kind")
    parser.add_argument("--turns", type=int, default=24, help="angles of each turned shape")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    simple = [measure(shape) for shape in draw_many(SIMPLE, (1.5, 12), given.shapes, rng)]
    branched = [measure(shape) for shape in draw_many(BRANCHED, (2, 10), given.shapes, rng)]
    turned = [
        measure(turn_shape(shape, degrees, rng.random(2)))
        for shape in draw_many(SIMPLE, (1.5, 12), 4, rng)
        for degrees in np.arange(given.turns) * 360 / given.turns
    ]
    for kind in SIMPLE:
        print_table(kind, simple, lambda o, kind=kind: o.shape.name == kind)
    print_table("turned", turned, lambda o: True)
    for kind in BRANCHED:
        print_table(kind, branched, lambda o, kind=kind: o.shape.name == kind)
    right = {k: float(np.mean([o.right for o in branched if o.shape.name == k])) for k in BRANCHED}
    print(
        "\nright number of pieces, ends and junctions: "
        + ", ".join(f"{kind} {share:.1%}" for kind, share in right.items())
    )
    errors = [(o.length_error_px["trace_cracks"], o.allowed_px) for o in simple + turned + branched]
    kept = all(abs(error) <= allowed for error, allowed in errors)
    return 0 if kept and min(right.values()) >= LEAST_SHARE_RIGHT else 1


if __name__ == "__main__":
    sys.exit(main())
