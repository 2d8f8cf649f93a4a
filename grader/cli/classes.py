"""Commands that grade: a whole class, its pages and scores, and one notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.errors import Fault, UsageError
from grader.model import Status
from grader.report.language import languages
from grader.words import counted

from .group import ASSIGNMENT, LANGUAGE, PYTHON, ROSTER, cli, cores, print_lines

if TYPE_CHECKING:
    from grader.batch.run import Summary
    from grader.course.assignment import Assignment


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=Path)
@ASSIGNMENT
@click.option("--out", type=Path, default=Path("results"), show_default=True, metavar="DIR")
@click.option("--jobs", type=click.IntRange(1), help="Job processes; the number of cores.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on a Dask cluster: tcp://HOST:PORT, or local:N for N worker processes here.",
)
@ROSTER
@click.option("--fresh", is_flag=True, help="Start over: grade all again.")
@click.option("--require-isolation", is_flag=True, help="Refuse where a layer is missing.")
@PYTHON
@LANGUAGE
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
    lang: str,
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
            language=lang,
            roster=roster,
        )
        _grade_all(load(assignment), paths, options)


@cli.command()
@click.option("--out", type=Path, default=Path("demo-results"), show_default=True, metavar="DIR")
@click.option("--assignment", metavar="NAME_OR_DIR", help="The same as the argument.")
@click.argument("name", metavar="[NAME_OR_DIR]", default="")
@LANGUAGE
def demo(out: Path, assignment: str | None, name: str, lang: str) -> None:
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
            language=lang,
        )
        _grade_all(chosen, (sample,), options)


def _grade_all(assignment: Assignment, paths: tuple[Path, ...], options: Any) -> None:
    from grader.batch.run import run
    from grader.intake import find
    from grader.intake.telling import told
    from grader.intake.work import Asked

    if not options.quiet:
        print_lines(assignment.notices, err=True)
    found = find(paths, asked=Asked(assignment=assignment.name, names=assignment.names))
    if not options.quiet:
        print_lines(told(found), err=True)
    if not found.handins:
        listed = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"No submissions were found in {listed}; give notebooks, .py files, folders or "
            "zips of them."
        )
    summary = run(assignment, found.handins, options)
    if not options.quiet:
        _print_summary(assignment, summary, options.out)
        print_lines(summary.notices, err=True)
    if summary.faults:
        print_lines((f"Fault: {fault}" for fault in summary.faults), err=True)
        raise Fault(
            f"{counted(len(summary.faults), 'submission')} got no score because the grader itself "
            "failed; run the same command again, and report what stays."
        )


def _print_summary(assignment: Assignment, summary: Summary, out: Path) -> None:
    handed = {status: n for status, n in summary.counts.items() if status != Status.MISSING}
    counts = ", ".join(f"{count} {status}" for status, count in sorted(handed.items()))
    click.echo(f"{assignment.title}: {counted(sum(handed.values()), 'submission')} ({counts}).")
    if summary.roster:
        click.echo(summary.roster)
    if summary.kept:
        verbs = ("was", "has") if summary.kept == 1 else ("were", "have")
        click.echo("{} of them {} graded before and {} not changed.".format(summary.kept, *verbs))
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
            print_lines(listing(book))
        return
    from grader.batch.run import report as write_again

    count, notices = write_again(folder, lang)
    click.echo(f"Pages of {counted(count, 'submission')} and {folder / 'class.html'} are written.")
    print_lines(notices, err=True)


@cli.command()
@click.argument("folder", type=Path, metavar="DIR")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["canvas", "moodle", "gradescope", "csv"]),
    help="For whom; csv is for a spreadsheet.",
)
@ROSTER
@click.option("--column", metavar="NAME", help="The platform's name for the assignment's grade.")
@click.option("--zeros", is_flag=True, help="Give those without a hand-in 0, not an empty cell.")
def export(folder: Path, form: str, roster: Path | None, column: str | None, zeros: bool) -> None:
    """Write the final scores of DIR as a learning platform imports them, into DIR/export.

    The roster is that of the run unless another is given.
    Example: grader export results/ --format moodle --roster worksheet.csv
    """
    from grader.batch.export import export as write_export

    lines, notices = write_export(folder, form, roster=roster, column=column, zeros=zeros)
    print_lines(lines)
    print_lines(notices, err=True)


@cli.command()
@click.argument("notebook", type=Path)
@ASSIGNMENT
@PYTHON
@LANGUAGE
def check(notebook: Path, assignment: str | None, worker_python: str | None, lang: str) -> None:
    """Run the public test cases on one notebook, as a student would.

    Exits with 1 when one does not pass.  Example: grader check dropout.ipynb
    """
    from grader.sandbox.outside.interpreter import Interpreter

    with Interpreter(worker_python, is_for_one=True) as interpreter:
        interpreter.start()  # it warms up while the rest is imported and read
        from grader.commands.check import check_one

        lines, passed = check_one(notebook, assignment, interpreter, lang)
    print_lines(lines)
    if not passed:
        raise click.exceptions.Exit(1)
