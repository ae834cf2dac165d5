import numpy as np
import pandas as pd
import pytest
from tests.inspection.bars import make_crack, measure_bars

from crack_pipeline.inspection.tables import CRACK_COLUMNS, name_cracks
from crack_pipeline.measure.network import CrackLine, CrackNetwork


def test_a_row_has_every_measure_with_its_interval():
    crack = make_crack(10, 20, width_px=3, length_px=100)
    (row,) = measure_bars(crack, mm_per_px=0.5, name="north/a b.jpg").rows
    assert tuple(row) == CRACK_COLUMNS
    assert row["photo"] == "north/a b.jpg"
    assert row["crack_id"] == "north/a b.jpg#J03"  # x 69.5 + .5 of 200, y 11 + .5 of 120
    assert (row["mean_width_low_px"], row["mean_width_px"], row["mean_width_high_px"]) == (
        *(2.3, 2.8, 3.3),
    )
    assert (row["p95_width_mm"], row["length_mm"]) == (1.4, 50.0)
    assert (row["median_width_px"], row["largest_width_px"]) == (2.8, 2.8)
    assert (row["area_px"], row["area_mm2"]) == (300, 75.0)
    assert (row["p95_x_px"], row["p95_y_px"]) == (70.0, 11.0)
    assert (row["branches"], row["loops"], row["ends"], row["junctions"]) == (1, 0, 2, 0)
    assert [row[f"box_{name}_px"] for name in ("x", "y", "width", "height")] == [20, 10, 100, 3]
    assert not row["touches_border"]


def test_without_a_scale_there_are_no_mm():
    table = measure_bars(make_crack(0, 20, width_px=3, length_px=100)).cracks
    assert table.filter(like="_mm").isna().all(axis=None)
    assert table["touches_border"].item()


def test_a_table_without_cracks_has_the_same_columns_and_types():
    crack = make_crack(10, 20, width_px=3, length_px=100, doubts=("a", "b"))
    some, none = measure_bars(crack).cracks, measure_bars().cracks
    assert len(none) == 0
    assert (some.dtypes == none.dtypes).all()
    assert some["doubt"].item() == "a; b"


def test_loops_are_counted():
    points = np.zeros((4, 2))

    def count(kinds, *ends):
        lines = tuple(CrackLine(points, np.ones(4), 2.0, start, end) for start, end in ends)
        crack = make_crack(10, 20, width_px=3, length_px=100)
        network = CrackNetwork(10, 20, crack.network.mask, points, kinds, lines, 1.0)
        object.__setattr__(crack, "network", network)
        return measure_bars(crack).rows[0]["loops"]

    assert count((), (-1, -1)) == 1
    assert count(("junction",), (0, 0)) == 1
    assert count(("end", "junction", "junction", "end"), (0, 1), (1, 2), (1, 2), (2, 3)) == 1
    assert count(("end", "junction", "end", "end"), (0, 1), (1, 2), (1, 3)) == 0


def test_names_do_not_depend_on_cracks_elsewhere():
    here = make_crack(10, 20, width_px=3, length_px=100).network
    small = make_crack(12, 60, width_px=1, length_px=20).network
    far = make_crack(90, 150, width_px=2, length_px=30).network
    assert name_cracks([small, here, far], 120, 200) == ["J03.2", "J03", "V20"]
    assert name_cracks([here], 120, 200) == ["J03"]
    assert name_cracks([make_crack(0, 0, width_px=1, length_px=2).network], 1, 2) == ["N14"]


def test_stations_keep_the_widths_as_they_were_measured():
    measurement = measure_bars(make_crack(10, 20, width_px=3, length_px=100), mm_per_px=0.5)
    stations = pd.DataFrame(measurement.station_columns())
    assert len(stations) == 100
    assert stations["width_px"].isna().sum() == 4
    assert stations["width_mm"].max() == 1.5
    assert stations.loc[7, ["x_px", "y_px"]].tolist() == [27.0, 11.0]
    without = measure_bars().station_columns()
    assert {name: column.dtype for name, column in without.items()} == {
        name: column.dtype for name, column in measurement.station_columns().items()
    }


def test_a_photo_is_summarized():
    cracks = (
        make_crack(10, 20, width_px=3, length_px=100),
        make_crack(50, 20, width_px=2, length_px=50, doubts=("shadow?",)),
    )
    row = measure_bars(*cracks, mm_per_px=0.5, shape=(100, 200)).summarize()
    assert (row["cracks"], row["doubtful_cracks"], row["length_mm"]) == (2, 1, 75.0)
    assert row["density_m_per_m2"] == pytest.approx(0.075 / (0.05 * 0.1))
    assert row["crack_area_share"] == 400 / 20_000
    assert measure_bars(*cracks).summarize()["density_m_per_m2"] is None
