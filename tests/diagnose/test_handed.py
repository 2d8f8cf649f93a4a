"""Single wrong submissions, as students hand them in: what each costs, and what it is told.

``handed/ASSIGNMENT__WHAT.py`` are the submissions.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.intake import find
from grader.judge.grade import Grader
from grader.model import Result
from grader.sandbox.outside.host import Zygote
from grader.submission import read
from tests.cases import spread
from tests.courses import course

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
HANDED = Path(__file__).with_name("handed")
_NO_STEP = r"it takes no step yet"
_DX = {"backward/dx": 3.0, "backward/dx_small_variance": 1.0}
_MOMENTUM = {
    "momentum/update_rule": 4.0,
    "momentum/caller": 1.0,
    "momentum/instances": 1.0,
    "momentum/defaults": 1.0,
}
_EPSILON = {"forward/epsilon": 1.0}
_LOSS = {"cross_entropy/values": 2.0, "cross_entropy/zeros": 0.5, "cross_entropy/missed_class": 0.5}
_NO_FLAG = "forward takes no train_flg: there is no test time"
# What it is; what it loses; the numbers that are named; what is said, in one of the test cases.
CASES: list[tuple[str, dict[str, float], set[int], str]] = [
    ("batchnorm__dgamma_centred_dx_odd", {**_DX, "backward/dgamma": 2.0}, {117},
     "gamma multiplies the normalized batch"),
    ("batchnorm__dx_direct_only_eps_1e_5", _DX, {119}, "missing in dx"),
    ("batchnorm__dx_direct_only_eps_1e_7", _DX, {119}, "missing in dx"),
    ("batchnorm__dx_direct_only_eps_1e_8", _DX, {119}, "missing in dx"),
    ("batchnorm__keeps_shape_of_last_forward", {}, set(), ""),
    ("batchnorm__no_eps_at_test_time_eps_1e_5", _EPSILON, {106}, "test time"),
    ("batchnorm__no_eps_at_test_time_eps_1e_7", _EPSILON, {106}, "test time"),
    ("batchnorm__no_eps_at_test_time_eps_1e_8", _EPSILON, {106}, "test time"),
    ("batchnorm__no_flag",
     {"running/test_output": 2.0, "running/test_time_changes_nothing": 1.0}, {181}, _NO_FLAG),
    ("batchnorm__old_statistics_ignored", {"running/updates": 2.0}, {183},
     "the last batch alone; the old ones are forgotten"),
    ("batchnorm__test_time_raises", {"running/test_output": 2.0}, set(), "AttributeError.*gama"),
    ("dropout__no_flag", {"forward/test_time": 2.0}, {181}, _NO_FLAG),
    ("dropout__np_from_a_module", {}, set(), ""),
    ("dropout__ratio_is_keep_everywhere", {"forward/drop_rate": 2.0}, {89}, "of being kept"),
    ("dropout__test_time_raises", {"forward/test_time": 2.0}, set(), "NameError"),
    ("optimizers__mom_ema_lr_tenth",
     {"momentum/update_rule": 4.0, "momentum/defaults": 1.0}, {53}, "gradient in v is multiplied"),
    ("optimizers__mom_is_nesterov", {"momentum/update_rule": 4.0}, {182}, "This is Nesterov's"),
    ("optimizers__mom_only_initialises", _MOMENTUM, {80}, _NO_STEP),
    ("optimizers__mom_returns_at_once", _MOMENTUM, {80}, _NO_STEP),
    ("shallow_narrow__loss_is_array", {"loss/values": 0.75}, {20}, "one number"),
    ("shallow_narrow__loss_is_method", {"loss/values": 0.75, "loss/pure": 0.25}, set(),
     "is a function, .* parentheses of a call missing"),
    ("shallow_narrow__loss_raises", {"loss/values": 0.75, "loss/pure": 0.25}, set(),
     "NameError.*y_pred"),
    ("softmax__log10_guard_1e_7", _LOSS, {351}, "natural logarithm"),
    ("softmax__mean_guard_1e_10", _LOSS, {348}, "number of samples"),
    ("softmax__mean_guard_1e_8", _LOSS, {348}, "number of samples"),
    ("softmax__one_sample_divided_clipped", _LOSS, {350}, "nothing is divided"),
]  # fmt: skip


def graded(zygote: Zygote, name: str) -> Result:
    asked, _ = course(name.partition("__")[0])
    (handin,) = find([HANDED / f"{name}.py"]).handins
    return Grader(asked, zygote=zygote).grade(read(handin, names=asked.names))


@pytest.mark.parametrize(("name", "lost", "numbers", "said"), spread(CASES, 3))
def test_a_mistake_costs_what_it_is_worth_and_is_told(
    zygote: Zygote, name: str, lost: dict[str, float], numbers: set[int], said: str
) -> None:
    # A submission of one optimizer lacks the others.
    cases = [c for c in graded(zygote, name).cases if "never defined" not in c.message]
    found = {f"{c.question}/{c.test_case}": c.max_points - c.points for c in cases}
    assert {place: points for place, points in found.items() if points} == lost
    assert {case.mistake for case in cases} - {None} == numbers
    assert not lost or any(re.search(said, case.message) for case in cases)
    for case in cases:
        assert "same factor" not in case.message


def test_every_submission_is_one_of_the_cases() -> None:
    assert {path.stem for path in HANDED.glob("*.py")} == {name for name, *_ in CASES}
