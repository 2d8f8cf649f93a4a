"""Limits stand in grader/bounds.py and grader/sandbox/wire/bounds.py, and nowhere else."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import bounds
from grader.model import Limits
from grader.sandbox.wire import bounds as of_workers

ROOT = Path(__file__).resolve().parent.parent / "grader"
BOUNDS = {"bounds": bounds, "sandbox.wire.bounds": of_workers}
#: How a name ends that is no count.
UNITS = ("SECONDS", "DAYS", "BYTES", "MB", "CHARACTERS", "POINTS", "SHARE", "FACTOR")

#: Methods that are told for how long, or how much.
WAITING = ("sleep", "settimeout", "recv", "setswitchinterval")
#: Numbers that have a name and are no limit, by the reason; "*" are all of a module.
NO_LIMITS = {
    "of a check's formula: tolerances, steps, draws": {
        "checks.believing": "STEP _DUST",
        "checks.carried": "_SAME _STEP",
        "checks.compare": "SINGLE _FLOOR",
        "checks.distribution": "*",
        "checks.draws": "_STRETCH _LONGEST _SEED",
        "checks.dropping": "_FAR _NEAR _MANY _BLOCK",
        "checks.gradient": "_SAFETY _SHARP _FINE _BLURRED _DIRECTIONS _POINTS _BLOCK",
        "checks.purity": "_SAME",
        "checks.randomness": "RISK",
        "checks.standing_in": "_NEAR",
        "checks.training": "_FAR",
    },
    "of how it is told what is the same, and what is chance": {
        "judge.diagnose.chance": "FAR _FEW_RUNS _SEVERAL _TINY _WIDE",
        "judge.diagnose.match": "TOLERANCE _TINY _MUCH",
        "judge.diagnose.naming": "_EXACT _FEW _MANY",
        "judge.diagnose.observations": "_MANY",
        "judge.diagnose.relations": "_ROUNDING _ENOUGH",
        "judge.diagnose.trace": "_STEPS",
        "judge.seen": "_CLOSE",
        "judge.truth": "_CLOSE",
        "judge.truth_of_draws": "_SEVERAL",
        "report.questions": "_FEWEST",
    },
    "of how cheats and rewrites are made": {
        "proof.cheats": "_SHORT",
        "proof.elsewhere": "_STRIDE",
    },
    "prescribed: by the kernel, by Python, by a format": {
        "batch.schema": "APPLICATION",
        "report.po": "_MAGIC",
        "sandbox.inside.confine": "_NOBODY",
        "sandbox.inside.kernel": "*",
        "sandbox.inside.syscalls": "*",
        "sandbox.inside.terminal": "NOT_FOUND",
        "sandbox.outside.promises": "_UNHELD",
        "sandbox.wire.codec": "BIG_INT COMPLEX TUPLE SCALAR SHARED HANDLE FROZENSET TEXT ARRAY LIST"
        " OWN_DICT OWN_LIST DICT SET FORTRAN READ_ONLY _F_CONTIGUOUS _WRITEABLE",
        "sandbox.wire.holdings": "ALONE",
        "sandbox.wire.protocol": "FORMULA",
        "submission.archive": "_ENCRYPTED _UTF8_NAME _UNIX",
    },
    "of how it looks": {
        "course.translations": "_WIDTH",
        "report.figures": "_POINTS _SEEN _LABELS _BARE _EDGE _BELOW _ABOVE",
    },
}
#: Numbers within code that stand where a limit would.
NO_LIMITS_WITHIN = {
    "checks.dropping: outs[:100]": "all that were drawn of one layer",
    "commands.stubs: len(line) < 95": "how it looks",
    "course.fromotter: 2 ** 32": "NumPy's seeds",
}

Trees = dict[str, ast.Module]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """The modules of the grader, parsed here alone: the trees are large, and slow to make."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in sorted(ROOT.rglob("*.py"))
    }


def number(node: ast.expr) -> float | None:
    """The number that an expression of nothing but numbers is."""
    if any(not isinstance(n, ast.Constant | ast.operator | ast.unaryop | ast.BinOp | ast.UnaryOp)
           for n in ast.walk(node)):  # fmt: skip
        return None
    value = ast.literal_eval(ast.Constant(eval(ast.unparse(node))))
    return value if type(value) in (int, float) else None


def named(tree: ast.Module) -> Iterator[str]:
    """The names that stand for a number in a module or a class of it."""
    for scope in (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef)):
        for node in scope.body:
            if isinstance(node, ast.Assign):
                target, value = node.targets[0], node.value
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                target, value = node.target, node.value
            else:
                continue
            several = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=True) if several else [(target, value)]  # type: ignore[attr-defined]
            for one, its in pairs:
                if isinstance(one, ast.Name) and one.id.isupper() and number(its) is not None:
                    yield one.id


def looks_like_a_limit(node: ast.AST) -> bool:
    """Whether a number stands where limits do: where something is cut, kept, awaited, counted.

    Small numbers tell parts of something apart.
    """
    match node:
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=ast.expr() as upper)):
            return (number(upper) or 0) >= 20 and "hexdigest" not in ast.unparse(value)
        case ast.keyword(arg="limit" | "timeout" | "maxsize" | "maxlen" | "seconds", value=value):
            return bool(number(value))
        case ast.Call(func=ast.Attribute(attr=name)) if name in WAITING:
            return any(number(argument) for argument in node.args)
        case ast.BinOp(left=ast.Call(func=ast.Attribute(attr="monotonic" | "time")), right=right):
            return bool(number(right))
        case ast.Compare(left=ast.Call(func=ast.Name(id="len")), comparators=[right]):
            return (number(right) or 0) >= 20
        case ast.BinOp(op=ast.LShift() | ast.Pow()):
            return (number(node) or 0) >= 1024
        case ast.FunctionDef(args=ast.arguments() as given):
            pairs = [*zip(given.kwonlyargs, given.kw_defaults, strict=True)]
            pairs += zip(given.args[::-1], given.defaults[::-1], strict=False)
            limits = [value for name, value in pairs if name.arg in ("limit", "timeout", "depth")]
            return any(value is not None and number(value) for value in limits)
    return False


def within(tree: ast.Module) -> Iterator[str]:
    """The code, within functions, in which a number looks like a limit."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in itertools.chain([function], ast.walk(function)):
                if looks_like_a_limit(node):
                    yield ast.unparse(node).splitlines()[0]


def test_a_number_with_a_name_is_a_limit_or_said_to_be_none(trees: Trees) -> None:
    found = {(module, name) for module, tree in trees.items() for name in named(tree)
             if module not in BOUNDS}  # fmt: skip
    listed = {
        (module, name)
        for modules in NO_LIMITS.values()
        for module, several in modules.items()
        for name in (named(trees[module]) if several == "*" else several.split())
    }
    assert sorted(found - listed) == [], "limits belong to grader/bounds.py"
    assert sorted(listed - found) == [], "these are no more"


def test_no_limit_stands_within_code(trees: Trees) -> None:
    found = {f"{module}: {code}" for module, tree in trees.items() for code in within(tree)
             if module not in ("sandbox.inside.kernel", "sandbox.inside.syscalls")}  # fmt: skip
    assert found == NO_LIMITS_WITHIN.keys()


@pytest.mark.parametrize(
    "code",
    [
        "text[:200]", "printable(x, limit=60)", "lru_cache(maxsize=8)(f)", "sock.recv(1 << 16)",
        "time.sleep(0.5)", "time.monotonic() + 120", "len(x) > 1000", "size > 64 << 20",
        "join(timeout=10)", "sock.settimeout(3)", "sys.setswitchinterval(1e-4)", "2**24",
    ],
)  # fmt: skip
def test_what_looks_like_a_limit_is_found(code: str) -> None:
    assert list(within(ast.parse(f"def function():\n    return {code}")))
    assert list(within(ast.parse("def function(x, limit=500):\n    return x")))


@pytest.mark.parametrize(
    "code", ["text[:MAX]", "digest.hexdigest()[:32]", "text[3:]", "len(x) > 1", "size << 20"]
)
def test_what_is_no_limit_is_let_be(code: str) -> None:
    assert list(within(ast.parse(f"def function():\n    return {code}"))) == []


@pytest.mark.parametrize("module", BOUNDS)
def test_each_limit_has_a_unit_and_a_reason(trees: Trees, module: str) -> None:
    lines = (ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8").splitlines()
    for node in trees[module].body:
        if isinstance(node, ast.AnnAssign):
            assert ast.unparse(node.annotation) == "Final"
            name = ast.unparse(node.target)
            value, above = getattr(BOUNDS[module], name), lines[node.lineno - 2]
            assert above.startswith("#:") or ": Final = " in above, name  # or one for several
            assert type(value) is int or (type(value) is float and name.endswith(UNITS)), name
        else:
            assert isinstance(node, ast.Expr | ast.ImportFrom), ast.unparse(node)


def test_each_limit_is_one_and_is_used_where_it_may_be(trees: Trees) -> None:
    own = {module: {n for n in vars(of) if n.isupper()} for module, of in BOUNDS.items()}
    assert not set.intersection(*own.values())
    used: dict[str, set[str]] = {module: set() for module in BOUNDS}
    for module in trees.keys() - BOUNDS.keys():
        inside = module.startswith(("sandbox.inside.", "sandbox.wire."))
        for node in ast.walk(trees[module]):
            if isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                used["sandbox.wire.bounds" if inside else "bounds"].add(name)
    for module, its in own.items():
        assert sorted(its - used[module]) == [], f"nothing that may uses these of {module}"


def test_the_page_of_limits_tells_the_defaults() -> None:
    page = (ROOT.parent / "docs" / "limits.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, re.MULTILINE))
    half = told.pop("cells_seconds")
    assert (half, bounds.CELLS_SHARE) == ("half of `total_seconds`", 0.5)
    limits = dataclasses.asdict(Limits())
    assert {name: float(value) for name, value in told.items()} == {
        name: value for name, value in limits.items() if name != "cells_seconds"
    }
    assert limits["cells_seconds"] == bounds.CELLS_SHARE * bounds.TOTAL_SECONDS
