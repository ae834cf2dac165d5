"""Distractors: dark lines and edges that are no cracks and mislead detectors."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from crack_pipeline.sources.drawing.marks import (
    cut_joints,
    draw_marker,
    leak_stain,
    paint_stripe,
    press_seams,
    saw_cuts,
    scratch,
)
from crack_pipeline.sources.drawing.overlays import (
    cast_cable_shadow,
    cast_shadow,
    drop_twig,
    lay_wire,
    scatter_debris,
)
from crack_pipeline.sources.drawing.scene import Scene

Distractor: TypeAlias = Callable[[Scene, np.random.Generator], None]
"""Draws into a scene, in place."""

UNDER_CRACKS: Mapping[str, Distractor] = {
    "joints": cut_joints,
    "saw_cut": saw_cuts,
    "seams": press_seams,
    "paint": paint_stripe,
    "marker": draw_marker,
    "leak": leak_stain,
}
"""Name → what belongs to the surface before it cracks."""

OVER_CRACKS: Mapping[str, Distractor] = {
    "scratches": scratch,
    "shadow": cast_shadow,
    "cable_shadow": cast_cable_shadow,
    "wire": lay_wire,
    "twig": drop_twig,
    "debris": scatter_debris,
}
"""Name → what comes afterwards. The mask still holds the crack under a wire or twig, as a person
who annotates a photo draws through it."""

ONLY_ON: Mapping[str, str] = {
    "joints": "concrete",
    "seams": "concrete",
    "leak": "concrete",
    "saw_cut": "asphalt",
}
"""Name → the one kind of surface where it is met; the others are met on both."""
