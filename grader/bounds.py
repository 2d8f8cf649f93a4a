"""Every limit of the grader, with its unit and the reason for its value.

No other module in grader/ defines limits (``tests/test_bounds.py``), except
``grader/sandbox/wire/bounds.py``: those that apply where students' code runs, which does not see
this module.  What an assignment may set comes first.  docs/limits.md says how to change a limit.

A name ends in its unit: seconds, days, bytes, MB (mebibytes), characters, a share of 1 or a factor;
else it counts what it names.  What exceeds a ``MAX_`` is refused, cut or left out; no more than a
``SAMPLE`` is looked at.

Tolerances and numbers of draws are no limits: they belong to the formula of a check, and stand
there.  Nor are numbers that another program or a format prescribes.
"""

from typing import Final

# What a submission may use, unless assignment.toml says otherwise: docs/limits.md

#: One cell: what exercises ask for takes far less, and a training as a demo a few seconds.
CELL_SECONDS: Final = 10.0
#: One call from a test case, which does less than a cell.
CALL_SECONDS: Final = 5.0
#: The whole submission: a class of a hundred costs, at worst, an hour of two cores.
TOTAL_SECONDS: Final = 60.0
#: The share of it for all cells together: half is kept for the test cases, which decide.
CELLS_SHARE: Final = 0.5
#: All processes of the submission.  NumPy and matplotlib take a tenth.
MEMORY_MB: Final = 1024
#: The files that it writes: an exercise's pictures and arrays take a few.
SCRATCH_MB: Final = 64
#: What is kept of the cells' output: a page shows less.
OUTPUT_BYTES: Final = 65536
#: Processes and threads at once: as many as a library starts on a machine with many cores.
PROCESSES: Final = 64

# Other times

#: Seconds by the clock that may pass for each second of CPU time: machines are busy.
WALL_FACTOR: Final = 3.0
#: How long the judge waits after the worker's own alarm before it kills it: a few ticks.
GRACE_SECONDS: Final = 1.0
#: A worker, or a zygote, that has not started by then never will; loaded machines take a few.
START_SECONDS: Final = 60.0
#: The worker of ``grader doctor``, including its start.
DOCTOR_SECONDS: Final = 120.0
#: How long after its connection closed a worker's end may become visible.
DYING_SECONDS: Final = 0.2
#: A worker that was killed after using this share of the total counts as out of time, not out of
#: memory: the kernel counts in whole seconds.
SPENT_SHARE: Final = 0.9
#: A shorter cell counts by the clock, since asking for its CPU time would cost more.
LONG_CELL_SECONDS: Final = 0.1
#: All pictures of a submission, checked before each question.
PICTURES_SECONDS: Final = 3.0
#: How often a worker is killed, with a pause for the kernel to end it: two seconds in all.
KILLS: Final = 1000
KILL_PAUSE_SECONDS: Final = 0.002

# How often a notebook is run again, and how deep calls may be nested

#: A notebook that ends its process again and again is given up: each start costs time.
MAX_RESTARTS: Final = 32
#: Runs again with demos: the process may have ended by chance.
FULL_RESTARTS: Final = 2
#: Runs again with cells that may define something indirectly: ``exec``, files, ``globals()``.
REACHING_RESTARTS: Final = 8
#: How deep judge and student may call each other: a callback in a callback is rare.
MAX_NESTED: Final = 8
#: How often a worker may report that it is still busy, every third of a second.
MAX_GOING: Final = 10_000

# What the judge takes from a worker

#: What iterators, which may be endless, give one test.
MAX_ITERATED_BYTES: Final = 32 << 20
#: About what may wait in a queue, so that it fits in a message; and what one queued operation
#: takes of it, besides its values.
MAX_WAITING_BYTES: Final = 4 << 20
QUEUED_BYTES: Final = 256
#: An error's message, and its traceback: twice what an honest worker sends.
MAX_STUDENT_TEXT_CHARACTERS: Final = 4000
MAX_STUDENT_TRACEBACK_CHARACTERS: Final = 8000
#: The tracebacks of all cells of a worker: a hundred long ones.
MAX_TRACEBACKS_CHARACTERS: Final = 1 << 20
#: A note, and each of its fields: two or three lines of a page; and how many fields it may have:
#: the longest of ours has three.
MAX_NOTE_CHARACTERS: Final = 500
MAX_NOTE_FIELDS: Final = 5
#: Missing things that one answer may rest on; all are told.
MAX_NEEDS: Final = 5
#: Names that a worker reports: no notebook defines as many.
MAX_TOLD_NAMES: Final = 10_000
#: Added where no control group limits memory: what the worker shares with the zygote, and the
#: kernel's own, is not the student's.
WATCH_SPARE_BYTES: Final = 128 << 20
#: Added where one does, so that Python raises MemoryError before the kernel kills.
GROUP_SPARE_BYTES: Final = 64 << 20
#: What the scratch folders take themselves; one file may fill the rest.
SCRATCH_SPARE_BYTES: Final = 1 << 16
#: The error output of a zygote or the interpreter: its end is read, its last line told.
COMPLAINTS_BYTES: Final = 1 << 16
MAX_COMPLAINT_CHARACTERS: Final = 300

# A class

#: How often jobs are checked for hanging; and what a job may take: a multiple of what a submission
#: may take, and a reserve, since killing it wrongly costs more than waiting.
HANG_LOOK_SECONDS: Final = 5.0
HANG_FACTOR: Final = 2.0
HANG_SPARE_SECONDS: Final = 60.0
#: A job that is told to end, and has nothing to lose, is killed after this time.
JOB_END_SECONDS: Final = 10.0
#: Attempts at a submission at which the job died: it may not have been the reason.
ATTEMPTS: Final = 2
#: New containers before garbage collection: a submission makes many, but hardly any cycles.
COLLECT_AFTER: Final = 10_000
#: Between lines of progress where there is no terminal: a log should stay short.
PROGRESS_SECONDS: Final = 5.0
#: Submissions in a chunk for Dask: a second of work, so that little is lost or waits long.
CHUNK: Final = 16
#: Chunks per thread of a Dask worker, so that the next is there when one ends.
CHUNKS_AHEAD: Final = 2
#: After this time a worker answers with what it has: slow work must not hold back the rest.
CHUNK_SECONDS: Final = 5.0
#: When a scheduler that does not answer, or that no worker joins, is given up.
SCHEDULER_SECONDS: Final = 30
WORKERS_SECONDS: Final = 60
#: In Gradescope's container, beside a submission's memory: the grader, and another Python with
#: NumPy.
GRADESCOPE_OWN_MB: Final = 400

# What was handed in: files

#: One file: a notebook full of pictures is smaller.
MAX_FILE_BYTES: Final = 50 << 20
#: What one student's zip may unpack to.
MAX_UNPACKED_BYTES: Final = 4 * MAX_FILE_BYTES
#: The ratio of unpacked to packed size, for larger members: repetitive text packs well, bombs even
#: better.
MAX_RATIO: Final = 200
RATIO_FROM_BYTES: Final = 16 << 20
#: A zip's directory: some 10,000 names for one student, some 150,000 for a class.
MAX_DIRECTORY_BYTES: Final = 1 << 20
MAX_CLASS_DIRECTORY_BYTES: Final = 16 << 20
#: Directories of class zips that are kept in memory: one zip, and another beside it.
KEPT_DIRECTORIES: Final = 2
#: Files and folders in one student's folder or zip: more is an environment or a whole disk.
MAX_ENTRIES: Final = 2000
MAX_FOLDER_DEPTH: Final = 8
#: Files beside the notebook, and their bytes together: they are written anew for each worker.
MAX_FILES: Final = 500
MAX_FILES_BYTES: Final = 32 << 20
#: A part of a file's path: what file systems allow.
MAX_PART_BYTES: Final = 255
#: Another notebook, which may be run or imported: it is small without its outputs.
MAX_OTHER_NOTEBOOK_BYTES: Final = 1 << 20
#: Notebooks that are read to choose the one that counts; zips in a student's folder that are
#: opened; notes about single files.
MAX_CANDIDATES: Final = 20
MAX_ZIPS: Final = 5
MAX_FILE_NOTES: Final = 20
#: Files beside a notebook that carries its own tests (``grader check``).
MAX_BESIDE_BYTES: Final = 64 << 20
#: The beginning of a file that tells its kind: heads of archives and web pages; bytes that text
#: does not hold; what code looks like; UTF-16 without a mark.
SNIFFED_BYTES: Final = 4096
SNIFFED_BINARY_BYTES: Final = 1024
SNIFFED_CODE_BYTES: Final = 20_000
SNIFFED_ENCODING_BYTES: Final = 200

# What was handed in: notebooks and code

#: Cells of a notebook: a hundred times as many as long ones have.
MAX_CELLS: Final = 5000
#: The source of all code cells: more is data, or an attack.
MAX_CODE_BYTES: Final = 8 << 20
#: Larger files may hold at most so many objects and arrays: decoding them takes memory.
COUNT_FROM_BYTES: Final = 8 << 20
MAX_VALUES: Final = 1_000_000
#: Cells that are not code, but kept to tell that a name is defined in one.
MAX_PROSE_BYTES: Final = 1 << 20
#: What jupytext writes above a script, and the introduction of one for sphinx-gallery.
MAX_HEADER_CHARACTERS: Final = 10_000
MAX_INTRODUCTION_CHARACTERS: Final = 100_000
#: A script that is cut into cells at its blank lines, and the cells that it may give.
MAX_SCRIPT_CHARACTERS: Final = 1 << 20
MAX_PARAGRAPHS: Final = 1000
#: The version of Python, and the language, that a notebook names.
MAX_VERSION_CHARACTERS: Final = 20
MAX_LANGUAGE_CHARACTERS: Final = 40
#: Compiled patterns that are kept, each of one assignment's names: more than a grader needs.
KEPT_PATTERNS: Final = 8

# What platforms export

#: Blackboard's receipt of one hand-in, with all that the student wrote there.
MAX_RECEIPT_BYTES: Final = 1 << 20
#: Gradescope's metadata: it holds every result of every attempt.
MAX_METADATA_BYTES: Final = 128 << 20
MAX_METADATA_DEPTH: Final = 100
#: A text there that aliases refer to: a name; a bomb's would be longer.
MAX_ANCHOR_CHARACTERS: Final = 1000
#: Sakai's grades, one row per student.
MAX_GRADES_BYTES: Final = 16 << 20
#: A file that holds nothing but a time.
STAMP_BYTES: Final = 100
#: Nested folders around a class: download, course, assignment, and one more.
MAX_WRAPPERS: Final = 4
#: How deep in a student's folder work is looked for: below the zip's folder, and the course's.
WORK_DEPTH: Final = 3
#: Notebooks that are read to tell a class from one student's work; larger ones are ignored.
CLASS_SAMPLE: Final = 20
MAX_SAMPLE_BYTES: Final = 16 << 20
#: Students whose work is read to tell nbgrader's assignments apart.
ASSIGNMENT_SAMPLE: Final = 4
#: A roster, or a table of grades.
MAX_TABLE_BYTES: Final = 32 << 20
#: Rows in which a table's header is looked for: some exports begin with a title.
HEAD_SAMPLE: Final = 10
#: The shortest id that is searched for in other text: a shorter one may be there by chance.
LEAST_ID_CHARACTERS: Final = 4
#: Names that are tried for a student without a hand-in who has a namesake.
MAX_NAMESAKES: Final = 10_000

# Diagnosis, and why a name is missing: neither may keep the judge busy

#: Steps of a test case that are kept, their arrays and texts, and what else a step takes.
MAX_STEPS: Final = 2000
MAX_TRACE_BYTES: Final = 4 << 20
STEP_BYTES: Final = 64
#: Entries that are kept of a larger array, spread evenly.
MAX_TRACE_ENTRIES: Final = 1 << 15
#: ... and those kept to see whether a random result is always the same.
MAX_THIN_ENTRIES: Final = 2048
#: Runs of a candidate with random results, and of one that varies more than most.
RANDOM_RUNS: Final = 4
MORE_RANDOM_RUNS: Final = 16
#: Pairs of known mistakes that are tried for a test case: each runs it once more.
MAX_PAIRS: Final = 60
#: When unused tables of known mistakes' results are removed.
TABLE_DAYS: Final = 30
#: Entries whose order is compared, each with every other.
ORDER_SAMPLE: Final = 100
#: Missing names and methods that are explained, and places that are searched for each.
MAX_EXPLAINED: Final = 40
MAX_PLACES: Final = 5
#: What is searched of one text: a cell, all cells, a file.
SCANNED_CHARACTERS: Final = 100_000
#: Names that are compared with the one asked for.
MAX_COMPARED_NAMES: Final = 500
#: The shortest name that counts as similar to longer ones that begin with it.
LEAST_NEAR_CHARACTERS: Final = 4

# What checks do

#: Short calls that are sent together and share one deadline.
CALLS_TOGETHER: Final = 25
#: Entries of one array that are perturbed one by one, with a call for each.
MAX_MOVED_ENTRIES: Final = 64
#: The depth of nested lists: no array has more axes, and a list may hold itself.
MAX_LIST_DEPTH: Final = 16
#: Smaller runs that are tried, to find an example that a student can try.
MAX_EXAMPLES: Final = 6
#: How often code is run again before a page says what it gives: two random entries of a mask at
#: a ratio of one half agree in one of four tries, so these agree in one of 65,000.
EXAMPLE_REPEATS: Final = 8
#: Seconds that one run of it may take to be repeated: else a class would wait for one example.
EXAMPLE_SECONDS: Final = 0.1

# What pages, tables and messages show

#: An example that a student can try: its code, a value, and the entries of an array in it.
EXAMPLE_CODE_CHARACTERS: Final = 2000
EXAMPLE_VALUE_CHARACTERS: Final = 600
EXAMPLE_ENTRIES: Final = 60
#: The name of a student's attribute or result.
RESULT_NAME_CHARACTERS: Final = 40
#: A check's message, with a student's values in it.
SAID_CHARACTERS: Final = 2000
#: What a student defined for a wrong answer, shown to who teaches.
ANSWER_CHARACTERS: Final = 4000
#: A line of a student's code, and an error, in an explanation: a line or two of a page.
QUOTED_CHARACTERS: Final = 80
ERROR_CHARACTERS: Final = 200
#: The output of a public doctest.
PRINTED_CHARACTERS: Final = 400
#: On a student's page: a test case's message; a traceback, or a cell's output; a note, a warning, a
#: name; and how many notes, failed cells, and warnings of one test case.  What comes from a worker
#: has been cut before, often shorter (docs/limits.md).
PAGE_MESSAGE_CHARACTERS: Final = 3000
PAGE_TRACEBACK_CHARACTERS: Final = 6000
PAGE_LINE_CHARACTERS: Final = 600
PAGE_ITEMS: Final = 50
#: A picture: larger ones make a class's pages too large to send.
PICTURE_BYTES: Final = 200_000
#: Coordinates of marks in a picture, in points: renderers fail at larger numbers.
PICTURE_POINTS: Final = 5000.0
#: On the class page: a name, a problem, a hint; common wrong answers; bars of scores.
CLASS_LINE_CHARACTERS: Final = 300
CLASS_ANSWERS: Final = 20
CLASS_BARS: Final = 10
#: On Gradescope's page: one entry, a line of it, and the name of a test case.
GRADESCOPE_OUTPUT_CHARACTERS: Final = 4000
GRADESCOPE_LINE_CHARACTERS: Final = 500
GRADESCOPE_NAME_CHARACTERS: Final = 200
#: On the terminal: a line, and a message of several.
TERMINAL_LINE_CHARACTERS: Final = 500
TERMINAL_MESSAGE_CHARACTERS: Final = 2000
#: A student's name or id, as tables hold it.
PERSON_CHARACTERS: Final = 200
#: In a sentence: a person; a file; its path in a hand-in; a hand-in's path; a library's error.
NAMED_PERSON_CHARACTERS: Final = 60
NAMED_FILE_CHARACTERS: Final = 80
NAMED_PATH_CHARACTERS: Final = 120
NAMED_HANDIN_CHARACTERS: Final = 160
NAMED_ERROR_CHARACTERS: Final = 80
#: Names in one line, of students and of files, before the number of others.
LISTED_PEOPLE: Final = 30
LISTED_FILES: Final = 5
#: The name of a submission's folder: with a separator and a SHA-256 it stays below 255 bytes.
FOLDER_NAME_CHARACTERS: Final = 100
FOLDER_NAME_BYTES: Final = 180

# Verification of an assignment

#: How often the solution is graded again, and how often by the same interpreters.
REPETITIONS: Final = 25
REPETITIONS_A_ROUND: Final = 25
#: Mistakes of an assignment that are made in one other way each, unless all are asked for.
MISTAKES_SAMPLE: Final = 24
#: The share of them that must be named, hinted at, or told what is wrong by the check; and the
#: share of mutants with a wrong answer that must be hinted at or told.
LEAST_TOLD_SHARE: Final = 0.95
LEAST_HINTED_SHARE: Final = 0.7
#: How often ``--watch`` looks for changed files: before one has turned to the terminal.
WATCH_SECONDS: Final = 0.5
