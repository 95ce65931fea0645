"""Charts show every point where it belongs, on axes with round numbers, and labels never overlap."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.pages import chart
from mirage_gan.pages.chart import Curve, Level, Scale, Size

if TYPE_CHECKING:
    from mirage_gan.pages.chart import Chart

SIZE = Size(600, 360, line=20)
SCORE = Scale("score", 2.0)

numbers = st.floats(-10, 10)
points = st.lists(st.tuples(st.floats(0, 100), numbers), max_size=6).map(sorted)
curves = st.lists(st.builds(Curve, st.text(max_size=20), points), min_size=1, max_size=50)
levels = st.lists(st.builds(Level, st.text(max_size=20), numbers, st.none() | st.integers(0, 7)), max_size=3)


def lay_out(*of: Curve, levels: tuple[Level, ...] = ()) -> Chart:
    made = chart.lay_out(of, levels, SIZE, SCORE, "minutes")
    assert made is not None
    return made


# --- places that must not overlap


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=11))
def test_spread_places_are_apart_within_their_room_and_in_their_order(wanted: list[float]) -> None:
    found = chart.spread(wanted, gap=10, low=0, high=100)

    assert len(found) == len(wanted)
    assert min(found) >= -1e-9
    assert max(found) <= 100 + 1e-9
    assert all(b - a >= 10 - 1e-9 for a, b in pairwise(sorted(found)))
    assert all(found[i] < found[j] for i, a in enumerate(wanted) for j, b in enumerate(wanted) if a < b)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8, unique=True))
def test_places_that_are_apart_stay_where_they_are(steps: list[int]) -> None:
    wanted = [12.0 * step for step in steps]

    assert chart.spread(wanted, gap=10, low=0, high=100) == pytest.approx(wanted)


@given(st.lists(st.floats(0, 100), min_size=2, max_size=6), st.integers(0, 2**32 - 1))
def test_no_other_way_to_spread_moves_places_less(wanted: list[float], seed: int) -> None:
    random = np.random.default_rng(seed)
    found = chart.spread(wanted, gap=10, low=0, high=100)
    order = np.argsort(wanted, kind="stable")
    moved = np.square(np.subtract(found, wanted)).sum()

    for _ in range(50):
        slack = 100 - 10 * (len(wanted) - 1)
        other = np.sort(random.uniform(0, slack, len(wanted))) + 10 * np.arange(len(wanted))
        assert np.square(other - np.array(wanted)[order]).sum() >= moved - 1e-6


def test_more_places_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match="12 places 10 apart do not fit between 0 and 100"):
        chart.spread([0.0] * 12, gap=10, low=0, high=100)


# --- charts


@given(curves, levels)
def test_labels_never_overlap_and_stay_beside_the_plot(of: list[Curve], beside: list[Level]) -> None:
    made = chart.lay_out(of, beside, SIZE, SCORE, "minutes")
    if made is None:
        assert not any(curve.points for curve in of)
        return
    plot = made.plot
    heights = sorted(label.y for label in made.labels)

    assert all(b - a >= SIZE.line - 1e-9 for a, b in pairwise(heights))
    assert plot.top - 1e-9 <= heights[0]
    assert heights[-1] <= plot.bottom + 1e-9
    for label in made.labels:
        assert label.x > plot.right
        assert label.x + 0.55 * SIZE.line * len(label.text) <= SIZE.width + 1e-9


@given(curves, levels)
def test_all_that_is_drawn_lies_in_the_plot(of: list[Curve], beside: list[Level]) -> None:
    made = chart.lay_out(of, beside, SIZE, SCORE, "minutes")
    drawn = [*made.curves, *made.levels] if made else []

    for line in drawn:
        for x, y in line.points:
            assert made
            assert made.plot.left - 0.1 <= x <= made.plot.right + 0.1
            assert made.plot.top - 0.1 <= y <= made.plot.bottom + 0.1


def test_points_lie_where_the_ticks_of_the_axes_say() -> None:
    made = lay_out(Curve("a", [(0, 0), (1, 0.5), (5, 2)]))
    x = {tick.label: tick.at for tick in made.x_ticks}
    y = {tick.label: tick.at for tick in made.y_ticks}

    assert list(x) == ["0", "1", "2", "3", "4", "5"]
    assert list(y) == ["0", "0.5", "1", "1.5", "2"]
    assert made.curves[0].points == [(x["0"], y["0"]), (x["1"], y["0.5"]), (x["5"], y["2"])]


def test_a_label_stands_at_the_end_of_its_curve_and_a_line_leads_there() -> None:
    made = lay_out(Curve("short", [(0, 0.5), (1, 1)]), Curve("long", [(0, 0), (4, 2)]))
    short, long = made.labels

    assert short.y == made.curves[0].end[1]
    assert short.leader[0] == pytest.approx(made.curves[0].end, abs=0.1)
    assert short.leader[-1] == pytest.approx((short.x - 4, short.y), abs=0.1)
    assert long.leader[0][0] == made.plot.right


def test_a_level_is_a_straight_line_across_the_plot_at_its_value() -> None:
    made = lay_out(Curve("a", [(0, 0), (3, 2)]), levels=(Level("real", 1.0),))
    one = next(tick.at for tick in made.y_ticks if tick.label == "1")

    assert made.levels[0].points == [(made.plot.left, one), (made.plot.right, one)]
    assert made.labels[0].text == "real"


def test_of_too_many_curves_the_first_have_labels_and_so_has_every_level() -> None:
    many = [Curve(str(i), [(1, i / 50)]) for i in range(100)]
    made = lay_out(*many, levels=(Level("real", 1.5),))

    assert [label.text for label in made.labels] == ["real", *map(str, range(made.labeled))]
    assert 8 < made.labeled < 20
    assert len(made.curves) == 100


def test_the_first_curves_have_colors_of_their_own_and_the_others_none() -> None:
    made = lay_out(*(Curve(str(i), [(1, 1)]) for i in range(10)))

    assert [line.tone for line in made.curves] == [*range(chart.TONES), None, None]


def test_what_is_beyond_the_axis_is_said_to_be() -> None:
    assert lay_out(Curve("a", [(1, -6), (2, 1)])).clipped
    assert lay_out(Curve("a", [(1, 1), (2, 2.5)])).clipped
    assert not lay_out(Curve("a", [(1, 0), (2, 2)])).clipped


def test_values_that_are_not_finite_are_not_drawn() -> None:
    made = lay_out(Curve("a", [(1, 0.5), (2, math.nan), (3, math.inf), (4, 1)]), levels=(Level("real", math.nan),))

    assert len(made.curves[0].points) == 2
    assert made.levels == []


@pytest.mark.parametrize("of", [[], [Curve("a", [])], [Curve("a", [(1, math.nan)])]])
def test_without_a_point_there_is_no_chart(of: list[Curve]) -> None:
    assert chart.lay_out(of, [Level("real", 1.0)], SIZE, SCORE, "minutes") is None


@given(st.floats(1e-6, 1e6))
def test_ticks_are_a_few_round_numbers_evenly_spaced(last: float) -> None:
    found = chart.ticks(last)

    assert 2 <= len(found) <= 6
    assert found[0] == 0
    assert found[-1] <= last * (1 + 1e-6)
    assert last - found[-1] < found[1] * (1 + 1e-6)
    assert f"{found[1]:e}"[:4] in ("1.00", "2.00", "5.00")
    assert np.diff(found) == pytest.approx(found[1])


def test_what_is_more_is_drawn_higher_and_what_is_later_further_right() -> None:
    made = lay_out(Curve("rising", [(1.0, 0.25), (2.0, 0.5), (4.0, 2.0)]))

    xs, ys = zip(*made.curves[0].points, strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)  # y grows downward
    ticks = {tick.label: tick.at for tick in made.y_ticks}
    assert ticks["2"] == pytest.approx(ys[-1], abs=0.1)
    assert ticks["0"] > ys[0] > ys[1] > ticks["2"]


def test_an_axis_may_begin_below_zero() -> None:
    made = chart.lay_out([Curve("a", [(0, -2.0), (1, 1.0)])], [], SIZE, Scale("loss", 1.0, -2.0), "steps")
    assert made
    ticks = {tick.label: tick.at for tick in made.y_ticks}

    assert list(ticks) == ["-2", "-1", "0", "1"]
    assert [y for _, y in made.curves[0].points] == [ticks["-2"], ticks["1"]] == [made.plot.bottom, made.plot.top]
    assert not made.clipped
    assert lay_out(Curve("a", [(0, -0.1)])).clipped


def test_large_numbers_on_an_axis_are_grouped() -> None:
    made = lay_out(Curve("a", [(150_000, 1)]))

    assert [tick.label for tick in made.x_ticks] == ["0", "50,000", "100,000", "150,000"]
