"""Judges of layers that drop entries: right ones pass, and each fails in one place only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.checks import CheckFailure, dropping, mask_inputs
from grader.checks.scenario import Results, Run

RNG = np.random.default_rng(5)


def outputs(run: Run, calls: int, ratio: float = 0.3, *, rows: bool = False) -> Results:
    """What a layer gives that drops each entry, or each row, by itself."""
    shapes = [(x.shape[0], *(1,) * (x.ndim - 1)) if rows else x.shape for x in run.xs]
    draw = RNG.random
    return {
        "outs": [
            [x * (draw(s) >= ratio) for x, s in zip(run.xs, shapes, strict=True)]
            for _ in range(calls)
        ]
    }


def run(*shapes: tuple[int, ...]) -> Run:
    return Run(ratio=0.3, xs=[mask_inputs(shape) for shape in shapes])


def test_a_right_layer_passes() -> None:
    many, single = run((20, 30)), run((1000, 30))
    for judge in (dropping.rate, dropping.each_by_itself, dropping.drawn_anew):
        if judge is dropping.drawn_anew:
            outs = outputs(many, 100)["outs"]
            assert isinstance(outs, list)
            judge(many, {"calls": [out for (out,) in outs]})
        else:
            judge(many, outputs(many, 100))
            judge(single, outputs(single, 1))


def test_rows_are_charged_for_their_dependence_alone() -> None:
    asked = run((20, 30))
    seen = outputs(asked, 100, rows=True)
    dropping.rate(asked, seen)
    with pytest.raises(CheckFailure):
        dropping.each_by_itself(asked, seen)


def test_one_mask_for_ever_is_charged_for_that_alone() -> None:
    asked = run((20, 30))
    one = outputs(asked, 1)["outs"]
    assert isinstance(one, list)
    dropping.rate(asked, {"outs": 100 * one})
    dropping.each_by_itself(asked, {"outs": 100 * one})
    with pytest.raises(CheckFailure, match="same mask"):
        dropping.drawn_anew(asked, {"calls": 100 * one[0]})


def test_another_rate_is_seen() -> None:
    asked = run((20, 30))
    with pytest.raises(CheckFailure, match="rate"):
        dropping.rate(asked, outputs(asked, 100, ratio=0.35))


@pytest.mark.parametrize("cut", [0.01, 0.02])
def test_a_ratio_that_is_cut_to_hundredths_is_seen(cut: float) -> None:
    asked = dropping.run(0.0145, (1000, 30))
    dropping.rate(asked, outputs(asked, 4, ratio=0.0145))
    with pytest.raises(CheckFailure, match="rate"):
        dropping.rate(asked, outputs(asked, 4, ratio=cut))


def test_another_share_in_another_shape_is_seen() -> None:
    asked = run((1000, 30), (600,))
    seen = outputs(asked, 3)
    dropping.other_shapes(asked, seen)
    outs = seen["outs"]
    assert isinstance(outs, list)
    with pytest.raises(CheckFailure, match="a different share"):
        dropping.other_shapes(asked, {"outs": [[a, asked.xs[1]] for a, _ in outs]})


def test_one_draw_for_all_is_no_other_default() -> None:
    shape = (500, 30)
    asked = dropping.run(0.5, shape, given=(True,), left=())
    kept, dropped = asked.xs[0], np.zeros(shape)
    dropping.alike(asked, {"given": [kept, kept], "own": [dropped, kept]})


def test_another_default_is_seen() -> None:
    trained = dropping.run(0.5, (500, 30), given=(True,), left=())
    (given,), (again,) = outputs(trained, 2, ratio=0.5)["outs"]
    (other,), (last,) = outputs(trained, 2, ratio=0.2)["outs"]
    tested = dropping.run(0.5, (500, 30), given=(False,), left=(False,))
    (x,) = tested.xs
    cases: list[tuple[Run, Results]] = [
        (trained, {"given": [given, again], "own": [other, last]}),
        (tested, {"given": [0.5 * x, 0.5 * x], "own": [0.8 * x, 0.8 * x]}),
    ]
    for asked, seen in cases:
        with pytest.raises(CheckFailure, match="default"):
            dropping.alike(asked, seen)


def passed_back(*shapes: tuple[int, ...]) -> tuple[Run, Results]:
    """What a layer gives that is right forward and backward."""
    asked = run(*shapes)
    asked = asked.but(douts=[mask_inputs(shape, seed=9) for shape in shapes])
    masks = [RNG.random(shape) >= 0.3 for shape in shapes]
    outs = [x * mask for x, mask in zip(asked.xs, masks, strict=True)]
    back = [dout * mask for dout, mask in zip(asked.douts, masks, strict=True)]
    return asked, {"outs": [outs], "back": back, "first": back[0]}


def test_a_right_backward_passes() -> None:
    asked, seen = passed_back((20, 30), (40, 30))
    dropping.kept_or_dropped(asked, seen)
    dropping.masked(asked, seen)
    dropping.same_way_back(asked, seen)


@pytest.mark.parametrize("size", [1 / 0.7, 0.3])
def test_a_backward_may_be_of_the_size_of_its_own_forward(size: float) -> None:
    asked, seen = passed_back((20, 30), (40, 30))
    seen["outs"] = [[size * out for out in seen["outs"][0]]]
    seen["back"] = [size * dx for dx in seen["back"]]
    dropping.same_way_back(asked, seen)
    seen["back"] = [2 * dx for dx in seen["back"]]
    with pytest.raises(CheckFailure):
        dropping.same_way_back(asked, seen)


@pytest.mark.parametrize(
    ("factor", "told"), [(0.0, "nothing through"), (None, "everything through")]
)
@pytest.mark.parametrize("judge", [dropping.masked, dropping.same_way_back])
def test_a_backward_that_masks_all_or_nothing_is_seen(
    judge: Any, factor: float | None, told: str
) -> None:
    asked, seen = passed_back((20, 30), (40, 30))
    seen["back"] = asked.douts if factor is None else [factor * dx for dx in seen["back"]]
    with pytest.raises(CheckFailure, match=told):
        judge(asked, seen | {"first": seen["back"][0]})


def test_a_backward_with_another_mask_is_seen() -> None:
    asked, seen = passed_back((20, 30), (40, 30))
    _, other = passed_back((20, 30), (40, 30))
    with pytest.raises(CheckFailure):
        dropping.same_way_back(asked, seen | {"back": other["back"]})


def test_a_forward_at_test_time_must_leave_the_mask() -> None:
    asked, seen = passed_back((20, 30))
    _, later = passed_back((20, 30))
    outs, back = [seen["outs"][0][0], later["outs"][0][0]], [seen["first"], later["first"]]
    right: Results = {
        "others": [asked.xs[0]],
        "first": back[0],
        "after": back[0],
        "outs": outs,
        "back": back,
    }
    dropping.last_mask(asked, right)
    wrongs: list[Results] = [{"after": asked.douts[0]}, {"back": [back[0], asked.douts[0]]}]
    for wrong in wrongs:
        with pytest.raises(CheckFailure):
            dropping.last_mask(asked, right | wrong)
        # A test time that drops is charged to forward, and nothing else is asked.
        dropping.last_mask(asked, {**right, **wrong, "others": [outs[0]]})


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_mask_that_is_read_off_the_output_is_seen(share: float) -> None:
    x, dout = mask_inputs((100, 150)), mask_inputs((100, 150), seed=9)
    x[:, :70] = 0.0
    mask = RNG.random(x.shape) >= share
    asked = Run(ratio=share, xs=[x], douts=[dout])
    dropping.blind_to_zeros(asked, {"outs": [[x * mask]], "back": [dout * mask]})
    with pytest.raises(CheckFailure, match="blocks 100 % of the entries where x is 0"):
        dropping.blind_to_zeros(asked, {"outs": [[x * mask]], "back": [dout * (x * mask != 0)]})
