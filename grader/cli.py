"""The command ``grader``: parsing, sentences for people and exit codes, nothing else.

Exit code 0: grading finished, whatever the scores.  1: wrong usage, an unsound
assignment, or something fell short (``check``).  2: the grader itself failed.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grader import __version__
from grader.bounds import REPETITIONS
from grader.errors import Fault, GraderError, UsageError, absent, log
from grader.model import Status
from grader.report.gradescope import VISIBILITIES, VISIBLE
from grader.report.language import ENGLISH, languages
from grader.words import counted

if TYPE_CHECKING:
    from grader.batch.run import Summary
    from grader.course.assignment import Assignment

#: One thread of linear algebra: reproducible, and jobs do not fight over cores.
_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_ASSIGNMENT = click.option(
    "--assignment",
    metavar="NAME_OR_DIR",
    help="The assignment: its name, its folder, or an autograder.zip of Otter's.",
)
_PYTHON = click.option(
    "--worker-python",
    metavar="PYTHON",
    type=click.Path(exists=True, dir_okay=False),
    help="Interpreter for the students' code; it needs numpy, matplotlib, ipython and msgspec.",
)
_ROSTER = click.option(
    "--roster",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The course's roster: a CSV as Canvas, Moodle or Gradescope export it, or name,id,email.",
)
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(languages()),
    help="The language of pages and messages; en unless given.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show tracebacks of the grader's own errors.")
def cli(debug: bool) -> None:
    """Grade NumPy deep-learning notebook exercises."""
    if debug:
        log.addHandler(logging.StreamHandler())


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=Path)
@_ASSIGNMENT
@click.option("--out", type=Path, default=Path("results"), show_default=True, metavar="DIR")
@click.option("--jobs", type=click.IntRange(1), help="Job processes; the number of cores.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on a Dask cluster: tcp://HOST:PORT, or local:N for N worker processes here.",
)
@_ROSTER
@click.option("--fresh", is_flag=True, help="Start over: grade all again.")
@click.option("--require-isolation", is_flag=True, help="Refuse where a layer is missing.")
@_PYTHON
@_LANGUAGE
@click.option("--quiet", is_flag=True, help="Print errors only.")
@click.option("--plain", is_flag=True, help="Progress as lines for a log, not as a bar.")
def grade(
    paths: tuple[Path, ...],
    assignment: str | None,
    out: Path,
    jobs: int | None,
    scheduler: str | None,
    roster: Path | None,
    fresh: bool,
    require_isolation: bool,
    worker_python: str | None,
    lang: str | None,
    quiet: bool,
    plain: bool,
) -> None:
    """Grade submissions: notebooks, .py files, folders and zips of them.

    What stands in DIR's gradebook for the same bytes, assignment and grader is not
    graded again.  Example: grader grade submissions/ --assignment dropout --out results/
    """
    if assignment is None:
        raise UsageError("No assignment was named; give one with --assignment NAME_OR_DIR.")
    if scheduler is not None and jobs is not None:
        raise UsageError("With --scheduler the cluster says how many jobs; leave out --jobs.")
    from grader.sandbox.outside.interpreter import Interpreter

    with Interpreter(worker_python) as interpreter:
        if scheduler is None:
            interpreter.start()  # it warms up while the rest is imported and read
        from grader.batch.run import Options
        from grader.course.assignment import load

        options = Options(
            out=out,
            scheduler=scheduler,
            jobs=jobs or cores(),
            fresh=fresh,
            require_isolation=require_isolation,
            interpreter=interpreter,
            quiet=quiet,
            plain=plain,
            language=lang or ENGLISH,
            roster=roster,
        )
        _grade_all(load(assignment), paths, options)


@cli.command()
@click.option("--out", type=Path, default=Path("demo-results"), show_default=True, metavar="DIR")
@click.option("--assignment", metavar="NAME_OR_DIR", help="The same as the argument.")
@click.argument("name", metavar="[NAME_OR_DIR]", default="")
@_LANGUAGE
def demo(out: Path, assignment: str | None, name: str, lang: str | None) -> None:
    """Grade the sample class that comes with an assignment: shallow_narrow unless named.

    Example: grader demo dropout
    """
    if assignment and name and assignment != name:
        raise UsageError(f"Two assignments are named, {name} and {assignment}; name one.")
    from grader.sandbox.outside.interpreter import Interpreter

    with Interpreter() as interpreter:
        interpreter.start()
        from grader.batch.run import Options
        from grader.course.assignment import available, load

        wanted = assignment or name or "shallow_narrow"
        if not (assignment or name) and wanted not in available():
            raise UsageError(
                "Sample classes come with the course's checkout, not with the package; go there, "
                "or name an assignment's folder."
            )
        chosen = load(wanted)
        sample = chosen.folder / "sample_class"
        if not sample.is_dir():
            raise UsageError(f"{chosen.folder} holds no sample_class; name another assignment.")
        options = Options(
            out=out,
            jobs=cores(),
            fresh=True,
            replace=True,
            interpreter=interpreter,
            language=lang or ENGLISH,
        )
        _grade_all(chosen, (sample,), options)


def cores() -> int:
    """How many cores this process may use, which can be fewer than the machine has."""
    everywhere = os.cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else everywhere


def _grade_all(assignment: Assignment, paths: tuple[Path, ...], options: Any) -> None:
    from grader.batch.run import run
    from grader.intake import find
    from grader.intake.telling import told
    from grader.intake.work import Asked

    for notice in assignment.notices if not options.quiet else ():
        click.echo(notice, err=True)
    found = find(paths, asked=Asked(assignment=assignment.name, names=assignment.names))
    if not options.quiet:
        for line in told(found):
            click.echo(line, err=True)
    if not found.handins:
        listed = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"No submissions were found in {listed}; give notebooks, .py files, folders or "
            "zips of them."
        )
    summary = run(assignment, found.handins, options)
    if not options.quiet:
        _print_summary(assignment, summary, options.out)
        for notice in summary.notices:
            click.echo(notice, err=True)
    if summary.faults:
        for fault in summary.faults:
            click.echo(f"Fault: {fault}", err=True)
        raise Fault(
            f"{counted(len(summary.faults), 'submission')} got no score because the grader itself "
            "failed; run the same command again, and report what stays."
        )


def _print_summary(assignment: Assignment, summary: Summary, out: Path) -> None:
    handed = [
        (status, n) for status, n in sorted(summary.counts.items()) if status != Status.MISSING
    ]
    counts = ", ".join(f"{count} {status}" for status, count in handed)
    found = counted(sum(n for _, n in handed), "submission")
    click.echo(f"{assignment.title}: {found} ({counts}).")
    if summary.roster:
        click.echo(summary.roster)
    if summary.kept:
        click.echo(f"{summary.kept} of them were graded before and have not changed.")
    click.echo(f"Scores: {out / 'scores.csv'}")
    click.echo(f"Feedback: {out / 'submissions'}")
    click.echo(f"Class: {out / 'class.html'}")


@cli.command()
@click.argument("folder", type=Path, metavar="DIR")
@click.option("--changes", is_flag=True, help="List whose score moved, and why.")
@click.option(
    "--lang",
    type=click.Choice(languages()),
    help="The language of the pages; that of the run before unless given.",
)
def report(folder: Path, changes: bool, lang: str | None) -> None:
    """Write the pages of DIR again, from its gradebook; nothing is graded.

    Example: grader report results/ --lang ja
    """
    if changes:
        from grader.batch.changes import listing
        from grader.batch.gradebook import Gradebook

        with Gradebook(folder, write=False) as book:
            for line in listing(book):
                click.echo(line)
        return
    from grader.batch.run import report as write_again

    count, notices = write_again(folder, lang)
    click.echo(f"Pages of {counted(count, 'submission')} and {folder / 'class.html'} are written.")
    for notice in notices:
        click.echo(notice, err=True)


@cli.command()
@click.argument("folder", type=Path, metavar="DIR")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["canvas", "moodle", "gradescope", "csv"]),
    help="For whom; csv is for a spreadsheet.",
)
@_ROSTER
@click.option("--column", metavar="NAME", help="The platform's name for the assignment's grade.")
@click.option("--zeros", is_flag=True, help="Give those without a hand-in 0, not an empty cell.")
def export(folder: Path, form: str, roster: Path | None, column: str | None, zeros: bool) -> None:
    """Write the final scores of DIR as a learning platform imports them, into DIR/export.

    The roster is that of the run unless another is given.
    Example: grader export results/ --format moodle --roster worksheet.csv
    """
    from grader.batch.export import export as write_export

    lines, notices = write_export(folder, form, roster=roster, column=column, zeros=zeros)
    for line in lines:
        click.echo(line)
    for notice in notices:
        click.echo(notice, err=True)


@cli.command()
@click.argument("notebook", type=Path)
@_ASSIGNMENT
@_PYTHON
@_LANGUAGE
def check(
    notebook: Path, assignment: str | None, worker_python: str | None, lang: str | None
) -> None:
    """Run the public test cases on one notebook, as a student would.

    Exits with 1 when one does not pass.  Example: grader check dropout.ipynb
    """
    from grader.sandbox.outside.interpreter import Interpreter

    with Interpreter(worker_python) as interpreter:
        interpreter.start()  # it warms up while the rest is imported and read
        from grader.commands.check import check_one

        lines, passed = check_one(notebook, assignment, interpreter, lang or ENGLISH)
    for line in lines:
        click.echo(line)
    if not passed:
        raise click.exceptions.Exit(1)


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
    from grader.commands.verify import verify as run
    from grader.course.assignment import available, load
    from grader.report.verification import junit_xml, print_table

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
@_LANGUAGE
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
@_PYTHON
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


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; gives the exit code."""
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    given = sys.argv[1:] if arguments is None else arguments
    return _exit_code(lambda: cli.main(given, prog_name="grader", standalone_mode=False),
                      debug="--debug" in given)  # fmt: skip


def _exit_code(command: Callable[[], Any], *, debug: bool) -> int:
    try:
        code = command()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 1
    except click.Abort:
        click.echo("Stopped. Run the same command again to go on where it stopped.", err=True)
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        told = absent(error) or error
        ours = isinstance(told, Fault) or not isinstance(told, GraderError)
        text = str(told) if isinstance(told, GraderError) else f"{type(told).__name__}: {told}"
        hint = "" if debug or not ours else " (grader --debug shows where)"
        click.echo(f"Error: {text}{hint}", err=True)
        return 2 if ours else 1


def script() -> None:
    """The console script."""
    sys.exit(main())


if __name__ == "__main__":
    script()
