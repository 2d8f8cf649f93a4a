"""Commands for who makes a course: is it sound, what to hand out, a new assignment."""

from __future__ import annotations

from pathlib import Path

import click

from grader.bounds import REPETITIONS
from grader.errors import UsageError
from grader.report.gradescope import VISIBILITIES, VISIBLE
from grader.report.language import ENGLISH

from .group import LANGUAGE, PYTHON, cli, cores


@cli.command()
@click.argument("assignments", nargs=-1, metavar="[NAME_OR_DIR]...")
@click.option("--jobs", type=click.IntRange(1), help="Job processes; the number of cores.")
@click.option("--junit", type=Path, metavar="FILE", help="Write a JUnit XML report for CI.")
@click.option(
    "--repetitions",
    type=click.IntRange(0),
    default=REPETITIONS,
    show_default=True,
    help="How often the solution is graded again.",
)
@click.option("--thorough", is_flag=True, help="Repeat each variant as often as the solution.")
@click.option(
    "--mutants",
    is_flag=True,
    help="Grade every small change of the solution, too, and make each mistake in every way.",
)
@click.option(
    "--adopt", is_flag=True,
    help="Add small changes that lose points to mistakes.py, where a hint is all they lack.",
)  # fmt: skip
@click.option("--watch", is_flag=True, help="Verify again what changes, until Ctrl-C.")
def verify(
    assignments: tuple[str, ...],
    jobs: int | None,
    junit: Path | None,
    repetitions: int,
    thorough: bool,
    mutants: bool,
    adopt: bool,
    watch: bool,
) -> None:
    """Prove that assignments are sound: what must pass passes, what must fail fails.

    Without a name, all assignments of the course.  Exits with 1 when anything falls
    short.  Example: grader verify dropout batchnorm
    """
    from grader.commands.verified import junit_xml, print_table
    from grader.commands.verify import verify as run
    from grader.course.assignment import available, load

    names = assignments or available()
    if not names:
        raise UsageError("There is no assignment here; name one, or go to the course's folder.")
    if watch and adopt:
        raise UsageError("Adopt once, without --watch: each save would add to the catalogue.")
    if watch:
        from grader.commands.watching import watch_all

        given = click.get_current_context().params
        options = [f"--{name}" for name in ("thorough", "mutants") if given[name]]
        for name in ("jobs", "junit", "repetitions"):
            options += [f"--{name}", str(given[name])] if given[name] is not None else []
        watch_all(names, options, tell=lambda text: click.echo(text, err=True))
        return
    checks = run(
        [load(name) for name in names],
        jobs=jobs or cores(),
        repetitions=repetitions,
        thorough=thorough,
        mutate=mutants,
        adopt=adopt,
        tell=lambda text: click.echo(f"verifying: {text}", err=True),
    )
    if junit is not None:
        junit.write_text(junit_xml(checks), "utf-8")
    print_table(checks)
    if any(check.finding for check in checks):
        raise click.exceptions.Exit(1)


@cli.command()
@click.argument("assignment", metavar="NAME_OR_DIR")
@click.option("--out", type=Path, required=True, metavar="DIR")
@click.option("--otter", is_flag=True, help="A zip that runs Otter, with nothing kept apart.")
@click.option(
    "--hidden-tests",
    type=click.Choice(VISIBILITIES),
    default=VISIBLE,
    show_default=True,
    help="When students see hidden test cases on Gradescope.",
)
@LANGUAGE
def build(assignment: str, out: Path, otter: bool, hidden_tests: str, lang: str | None) -> None:
    """Write the student notebook and an autograder.zip for Gradescope.

    Example: grader build dropout --out handout/
    """
    from grader.gradescope.build import lines

    for line in lines(assignment, out, otter=otter, hidden=hidden_tests, language=lang or ENGLISH):
        click.echo(line)


@cli.command()
@click.argument("name")
@click.argument("signatures", nargs=-1, metavar="[SIGNATURE]...")
@click.option("--functions", is_flag=True, help="Ask for functions with the SIGNATUREs.")
@click.option(
    "--class", "as_class", is_flag=True,
    help="Ask for a class: what it is made of, and then its methods, are the SIGNATUREs.",
)  # fmt: skip
@click.option("--from-reference", is_flag=True, help="Ask for what reference/NAME.py defines.")
def new(
    name: str, signatures: tuple[str, ...], functions: bool, as_class: bool, from_reference: bool
) -> None:
    """Write a small new assignment, sound as it stands, to be changed step by step.

    It goes into the course that holds the current folder, or begins one there.
    Example: grader new softmax --functions "softmax(z)" "cross_entropy(y_hat, y)"
    """
    from grader.commands import new as writing

    if functions + as_class + from_reference > 1 or bool(signatures) != (functions or as_class):
        raise UsageError(
            "Signatures belong to --functions or to --class; --from-reference needs none. "
            "For a class and functions write the reference first."
        )
    if from_reference:
        paths = writing.write_from_reference(name, Path.cwd())
    elif signatures:
        paths = writing.write_stubs(name, Path.cwd(), signatures, is_class=as_class)
    else:
        paths = writing.write_skeleton(name, Path.cwd())
    for path in paths:
        click.echo(path)
    click.echo(f"Change them, and prove them again and again: grader verify {name}")


@cli.command()
@click.argument("assignments", nargs=-1, metavar="[NAME_OR_DIR]...")
@click.option("--update", is_flag=True, help="Add what is missing, empty; drop what is unused.")
def translations(assignments: tuple[str, ...], update: bool) -> None:
    """Say what the catalogues of assignments lack, in languages other than English.

    Without a name, those of all assignments and the grader's own.  Exits with 1 when
    anything is missing.  Example: grader translations dropout --update
    """
    from grader.course import translations as tool
    from grader.course.assignment import available, load
    from grader.report.language import LOCALE

    found = [] if assignments else [(tool.of_grader(), LOCALE)]
    for assignment in map(load, assignments or available()):
        found.append((tool.of_assignment(assignment), assignment.folder / "locale"))
    lacking = []
    for wanted, folder in found:
        for path in tool.paths(folder):
            if update:
                tool.update(wanted, path)
            lacking += tool.lacking(wanted, path)
    for line in lacking:
        click.echo(line)
    if lacking:
        raise click.exceptions.Exit(1)
    click.echo("Nothing is missing.")


@cli.command()
@PYTHON
def doctor(worker_python: str | None) -> None:
    """Say which layers of isolation work here, and how to get the others.

    Example: grader doctor
    """
    from grader.sandbox.outside.doctor import describe, missing, probe
    from grader.sandbox.outside.host import Zygote
    from grader.sandbox.outside.interpreter import Interpreter

    with Interpreter(worker_python) as interpreter, Zygote(interpreter) as zygote:
        layers = probe(zygote)
        versions = zygote.versions or {}
    for line in describe(layers):
        click.echo(line)
    click.echo("Worker: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    if absent := missing(layers):
        click.echo(f"{len(absent)} layers are missing: grade only code that you trust that far.")
    else:
        click.echo("All layers are active.")
