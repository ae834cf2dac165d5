"""What measuring a split costs beside predicting it, and whether memory grows with the photos.

    python benchmarks/evaluation_time.py [--photos 40]

``hairline`` as ``conf/deepcrack`` has it, random weights, photos of 544 × 384 px in tiles of 384,
one view. Masks are drawn (27 % crack, more to measure than in real photos); the maps that
are measured are these masks, roughly predicted. Predicting and measuring happen in one pass, each
timed; the bootstrap and all that the table needs count as measuring. Prints JSON.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from anonymous_memory import MemoryWatch
from metrics_of_a_photo import HEIGHT_PX, WIDTH_PX, draw_cracks, predict_roughly

from crack_pipeline.models.settings import HairlineSettings, SegmentationModel
from crack_pipeline.prediction.photo import TilingSettings, predict_photo
from crack_pipeline.prediction.runtimes import make_predict_batch
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.mask_scores import score_maps
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.training.start import start_keras

TILE_PX = 384


def main() -> None:
    """Measure both, with a quarter of the photos and with all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=40)
    photos = parser.parse_args().photos
    start_keras()
    predict = _make_predictor()
    predict()  # traced here
    watch = MemoryWatch(os.getpid()).start()
    few, many = (_evaluate(predict, n, watch) for n in (photos // 4, photos))
    result = {
        **many,
        "evaluation_over_prediction": many["seconds_all"] / many["seconds_predicting"],
        "peak_mib_of_a_quarter_of_the_photos": few["peak_mib"],
    }
    print(json.dumps(result, indent=2))


def _make_predictor() -> Any:
    from crack_pipeline.models.builders import build_model

    settings = HairlineSettings(detail_filters=8, context_dilations=(1, 2, 6))
    network = SegmentationModel(name="hairline", hairline=settings)
    batch = make_predict_batch(build_model("segmentation", network, input_px=TILE_PX))
    tiling = TilingSettings(tile_px=TILE_PX, overlap_px=128)
    photo = np.random.default_rng(0).integers(0, 256, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    return lambda: predict_photo(photo, batch, tiling)


def _evaluate(predict: Any, n_photos: int, watch: MemoryWatch) -> dict[str, float]:
    truth = draw_cracks()
    shown = 0.05 + 0.9 * predict_roughly(truth).astype(np.float32)
    seconds = 0.0

    def predict_all() -> Iterator[tuple[Any, Any]]:
        nonlocal seconds
        for _ in range(n_photos):
            started = time.perf_counter()
            predict()
            seconds += time.perf_counter() - started
            yield shown, truth

    names = [f"photo_{number}" for number in range(n_photos)]
    rows = pd.DataFrame({"image_id": names, "group_id": names})
    settings, began, started = SegmentationEvaluation(), time.monotonic(), time.perf_counter()
    wanted: dict[str, Any] = {"temperature": 1.5, "in_full": True}
    scores = score_maps(predict_all(), rows, settings, threshold=0.5, **wanted)
    report_masks(scores, settings, threshold=0.5, temperature=1.5)
    return {
        "photos": n_photos,
        "seconds_all": time.perf_counter() - started,
        "seconds_predicting": seconds,
        "peak_mib": watch.peak_mib(began, time.monotonic()),
    }


if __name__ == "__main__":
    main()
