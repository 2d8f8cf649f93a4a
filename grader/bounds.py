"""Every limit of the grader, with its unit and the reason for its value.

Nothing else in grader/ holds one (``tests/test_bounds.py``), but for
``grader/sandbox/wire/bounds.py``: what holds where students' code runs, which is given nothing of
this.  What an assignment may set stands first.  docs/limits.md says how to change one.

A name says the unit: seconds, days, bytes, MB (mebibytes) or characters at its end, a share of 1
or a factor; else it counts what it names.  What goes beyond ``MAX_`` is refused, cut or left out;
of a ``SAMPLE`` no more is looked at.

No limit is what belongs to a formula: tolerances and the numbers of draws of a check, which are
said where it is made.  Nor is a number that another program or a format prescribes.
"""

from typing import Final

# What a submission may use, unless assignment.toml says otherwise: docs/limits.md

#: One cell: what exercises ask for takes far less, and a training that is a demo a few seconds.
CELL_SECONDS: Final = 10.0
#: One call from a test case, which asks for less than a cell.
CALL_SECONDS: Final = 5.0
#: The whole submission: a class of a hundred costs, at worst, an hour of two cores.
TOTAL_SECONDS: Final = 60.0
#: Of it for all cells together: test cases decide, so that half of it is theirs.
CELLS_SHARE: Final = 0.5
#: All processes of the submission.  NumPy and matplotlib take a tenth.
MEMORY_MB: Final = 1024
#: The files that it writes: pictures and arrays of an exercise are a few.
SCRATCH_MB: Final = 64
#: What is kept of all that the cells print: a page shows less.
OUTPUT_BYTES: Final = 65536
#: Processes and threads at once: what a library starts on a machine of many cores.
PROCESSES: Final = 64

# Time, besides

#: So many seconds by the clock may pass for each one of CPU time: machines are busy.
WALL_FACTOR: Final = 3.0
#: How much longer than the worker's own alarm the judge waits before it kills: a few ticks.
GRACE_SECONDS: Final = 1.0
#: A worker, or a zygote, that has not begun by then never will; machines under load take a few.
START_SECONDS: Final = 60.0
#: The worker of ``grader doctor``, with its start.
DOCTOR_SECONDS: Final = 120.0
#: A worker's connection may close so long before its end can be seen.
DYING_SECONDS: Final = 0.2
#: A worker that was killed after using this share of the total counts as out of time, not out of
#: memory: the kernel counts in whole seconds.
SPENT_SHARE: Final = 0.9
#: A shorter cell counts by the clock: to ask what CPU time it used would cost more than it tells.
LONG_CELL_SECONDS: Final = 0.1
#: All pictures of a submission; looked at before each question.
PICTURES_SECONDS: Final = 3.0
#: A worker is killed so often, with a pause for the kernel to end it: two seconds in all.
KILLS: Final = 1000
KILL_PAUSE_SECONDS: Final = 0.002

# How often a notebook is run again, and how deep one side may be in the other

#: What ends its process again and again is given up: the class waits for each start.
MAX_RESTARTS: Final = 32
#: Runs again with demos: one may have ended by chance.
FULL_RESTARTS: Final = 2
#: Runs again with what may define something in hidden ways: ``exec``, files, ``globals()``.
REACHING_RESTARTS: Final = 8
#: Judge and student call each other so deep: a callback within a callback is rare.
MAX_NESTED: Final = 8
#: How often a worker may say that it is still at it: each time takes it a third of a second.
MAX_GOING: Final = 10_000

# What the judge takes from a worker

#: All that a test is given by one iterator after the other, which need not end.
MAX_ITERATED_BYTES: Final = 32 << 20
#: What may wait in a queue, about, so that a message has room for it; and what one queued
#: operation takes of it, besides its values.
MAX_WAITING_BYTES: Final = 4 << 20
QUEUED_BYTES: Final = 256
#: An error's message, and its traceback: twice what an honest worker sends.
MAX_STUDENT_TEXT_CHARACTERS: Final = 4000
MAX_STUDENT_TRACEBACK_CHARACTERS: Final = 8000
#: The tracebacks of all cells of a worker: a hundred long ones.
MAX_TRACEBACKS_CHARACTERS: Final = 1 << 20
#: A note, and each thing that it names: two or three lines of a page; and how many it names, of
#: which our longest has three.
MAX_NOTE_CHARACTERS: Final = 500
MAX_NOTE_FIELDS: Final = 5
#: Missing things that one answer may rest on: they are all told.
MAX_NEEDS: Final = 5
#: Names that a worker tells: no notebook defines as many.
MAX_TOLD_NAMES: Final = 10_000
#: Where no control group bounds memory: what the worker shares with the zygote, and the kernel's
#: own, is not the student's.
WATCH_SPARE_BYTES: Final = 128 << 20
#: Where one does: so that Python's MemoryError comes before the kernel's end.
GROUP_SPARE_BYTES: Final = 64 << 20
#: What the scratch folders take themselves, where one file may fill the rest.
SCRATCH_SPARE_BYTES: Final = 1 << 16
#: What a zygote or the interpreter complained with: its end is read, its last line told.
COMPLAINTS_BYTES: Final = 1 << 16
MAX_COMPLAINT_CHARACTERS: Final = 300

# A class

#: How often it is looked whether a judge hangs; what it may take, of what a submission may take
#: at most, and besides: it is ours, and to kill it wrongly costs more than to wait.
HANG_LOOK_SECONDS: Final = 5.0
HANG_FACTOR: Final = 2.0
HANG_SPARE_SECONDS: Final = 60.0
#: A job that is told to end, and has nothing to lose, is killed after that.
JOB_END_SECONDS: Final = 10.0
#: A submission at which the judge died is tried again: it may not have been the reason.
ATTEMPTS: Final = 2
#: New containers until garbage is looked for: a submission makes many, and hardly a cycle.
COLLECT_AFTER: Final = 10_000
#: Lines of progress where there is no terminal: a log should stay short.
PROGRESS_SECONDS: Final = 5.0
#: With Dask: submissions in a chunk, a second of work, so that little is lost and none waits long.
CHUNK: Final = 16
#: Chunks a worker's thread, so that the next one is there when one ends.
CHUNKS_AHEAD: Final = 2
#: After so long a worker answers with what it has: slow work must not hold back the rest.
CHUNK_SECONDS: Final = 5.0
#: A scheduler that does not answer, and one that no worker joins, are given up.
SCHEDULER_SECONDS: Final = 30
WORKERS_SECONDS: Final = 60
#: Besides a submission's memory, in Gradescope's container: the grader itself, and Python with
#: NumPy once more.
GRADESCOPE_OWN_MB: Final = 400

# What was handed in: files

#: One file: a notebook full of pictures is smaller.
MAX_FILE_BYTES: Final = 50 << 20
#: What one student's zip may unpack to.
MAX_UNPACKED_BYTES: Final = 4 * MAX_FILE_BYTES
#: Unpacked to packed, of members larger than that: text of one kind packs well, bombs do better.
MAX_RATIO: Final = 200
RATIO_FROM_BYTES: Final = 16 << 20
#: A zip's directory: some ten thousand names of one student, and of a class some 150,000.
MAX_DIRECTORY_BYTES: Final = 1 << 20
MAX_CLASS_DIRECTORY_BYTES: Final = 16 << 20
#: Directories of classes that are kept in memory: a zip, and what is beside it.
KEPT_DIRECTORIES: Final = 2
#: What is unpacked at once.
INFLATE_BYTES: Final = 1 << 18
#: Files and folders in one student's folder or zip: more is an environment, or all of a disk.
MAX_ENTRIES: Final = 2000
MAX_FOLDER_DEPTH: Final = 8
#: Files laid beside the notebook, and all of them: they are written anew for each worker.
MAX_FILES: Final = 500
MAX_FILES_BYTES: Final = 32 << 20
#: A part of a file's path: what file systems take.
MAX_PART_BYTES: Final = 255
#: Another notebook, which may be run or imported: without its outputs a small one.
MAX_OTHER_NOTEBOOK_BYTES: Final = 1 << 20
#: Notebooks that are looked into for the one that counts; zips in a student's folder that are
#: opened; notes about single files.
MAX_CANDIDATES: Final = 20
MAX_ZIPS: Final = 5
MAX_FILE_NOTES: Final = 20
#: Files that a notebook of its own tests (``grader check``) has laid beside it.
MAX_BESIDE_BYTES: Final = 64 << 20
#: The beginning that tells what kind of file it is: archives' and pages' heads, bytes that no text
#: has, what code looks like; and UTF-16 without a mark.
SNIFFED_BYTES: Final = 4096
SNIFFED_BINARY_BYTES: Final = 1024
SNIFFED_CODE_BYTES: Final = 20_000
SNIFFED_ENCODING_BYTES: Final = 200

# What was handed in: notebooks and code

#: Cells of a notebook: a hundred times as many as long ones have.
MAX_CELLS: Final = 5000
#: The source of all code cells: more is data, or an attack.
MAX_CODE_BYTES: Final = 8 << 20
#: Files larger than that hold at most so many objects and arrays: decoding them takes memory.
COUNT_FROM_BYTES: Final = 8 << 20
MAX_VALUES: Final = 1_000_000
#: Cells that are no code and are kept all the same, to say that a name stands in one.
MAX_PROSE_BYTES: Final = 1 << 20
#: What jupytext writes above a script, and the text above one for sphinx-gallery.
MAX_HEADER_CHARACTERS: Final = 10_000
MAX_INTRODUCTION_CHARACTERS: Final = 100_000
#: A script that is cut into cells at its blank lines, and the cells that it may give.
MAX_SCRIPT_CHARACTERS: Final = 1 << 20
MAX_PARAGRAPHS: Final = 1000
#: The version of Python, and the language, that a notebook names.
MAX_VERSION_CHARACTERS: Final = 20
MAX_LANGUAGE_CHARACTERS: Final = 40
#: Patterns that are kept, each of one assignment's names: more than one grader has.
KEPT_PATTERNS: Final = 8

# What platforms export

#: Blackboard's receipt of one hand-in: all that a student wrote there.
MAX_RECEIPT_BYTES: Final = 1 << 20
#: Gradescope's metadata: it holds every result of every attempt.
MAX_METADATA_BYTES: Final = 128 << 20
MAX_METADATA_DEPTH: Final = 100
#: A text there that others refer to: names are; a bomb's would be longer.
MAX_ANCHOR_CHARACTERS: Final = 1000
#: Sakai's grades, a row a student.
MAX_GRADES_BYTES: Final = 16 << 20
#: A file that holds nothing but a time.
STAMP_BYTES: Final = 100
#: Folders around a class that are looked through: download, course, assignment, and one more.
MAX_WRAPPERS: Final = 4
#: So deep within a student's folder work is looked for: the zip's folder, and the course's.
WORK_DEPTH: Final = 3
#: Notebooks that are looked into, to tell a class from one student's; one that is larger tells
#: nothing.
CLASS_SAMPLE: Final = 20
MAX_SAMPLE_BYTES: Final = 16 << 20
#: Students whose work tells which of nbgrader's assignments is which.
ASSIGNMENT_SAMPLE: Final = 4
#: A roster, or a table of grades.
MAX_TABLE_BYTES: Final = 32 << 20
#: The rows in which a table's head is looked for: some exports begin with a title.
HEAD_SAMPLE: Final = 10
#: An id that is found inside another text: a shorter one may be there by chance.
LEAST_ID_CHARACTERS: Final = 4
#: Names that are tried for one who handed nothing in, and has a namesake.
MAX_NAMESAKES: Final = 10_000

# What is looked at for the diagnosis, and why a name is not there: none may keep the judge busy

#: Steps of a test case that are kept, their arrays and texts, and what a step takes besides.
MAX_STEPS: Final = 2000
MAX_TRACE_BYTES: Final = 4 << 20
STEP_BYTES: Final = 64
#: Of an array with more entries so many are kept, spread evenly.
MAX_TRACE_ENTRIES: Final = 1 << 15
#: ... and so many to see whether a random result is always the same.
MAX_THIN_ENTRIES: Final = 2048
#: Runs of a candidate whose results are random, and of one that is more random than most.
RANDOM_RUNS: Final = 4
MORE_RANDOM_RUNS: Final = 16
#: Pairs of known mistakes that are tried for a test case: each pair runs it once more.
MAX_PAIRS: Final = 60
#: Tables of what known mistakes give are removed when nobody has used them for so long.
TABLE_DAYS: Final = 30
#: Entries whose order is compared, each with each.
ORDER_SAMPLE: Final = 100
#: Missing names and methods that are explained, and places that are looked at for one.
MAX_EXPLAINED: Final = 40
MAX_PLACES: Final = 5
#: What is searched of one text: a cell, all cells, a file.
SCANNED_CHARACTERS: Final = 100_000
#: Names that are compared with the one asked for.
MAX_COMPARED_NAMES: Final = 500
#: A name that begins another one is near it only from so many letters on.
LEAST_NEAR_CHARACTERS: Final = 4

# What checks do

#: Calls that are sent together and share one deadline, each being short.
CALLS_TOGETHER: Final = 25
#: Entries of one array that are moved one by one, each for one more call.
MAX_MOVED_ENTRIES: Final = 64
#: No array asked for anywhere has more axes; a list may hold itself.
MAX_LIST_DEPTH: Final = 16
#: Smaller runs that are tried, to find an example that a student can try.
MAX_EXAMPLES: Final = 6

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
#: What a public doctest printed.
PRINTED_CHARACTERS: Final = 400
#: On a student's page: a test case's message; a traceback, or a cell's output; a note, a warning,
#: a name; and how many notes, failed cells, warnings of one test case.  What comes from a worker
#: has been cut before, often shorter: docs/limits.md.
PAGE_MESSAGE_CHARACTERS: Final = 3000
PAGE_TRACEBACK_CHARACTERS: Final = 6000
PAGE_LINE_CHARACTERS: Final = 600
PAGE_ITEMS: Final = 50
#: A picture; a larger one makes a class's pages too large to be sent.
PICTURE_BYTES: Final = 200_000
#: Where marks may stand in a picture, in points: renderers stumble over larger numbers.
PICTURE_POINTS: Final = 5000.0
#: On the class page: a name, a problem, a hint; answers that several gave; bars of scores.
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
#: In a sentence: a person, a file, its path within a hand-in, a hand-in's, a library's error.
NAMED_PERSON_CHARACTERS: Final = 60
NAMED_FILE_CHARACTERS: Final = 80
NAMED_PATH_CHARACTERS: Final = 120
NAMED_HANDIN_CHARACTERS: Final = 160
NAMED_ERROR_CHARACTERS: Final = 80
#: Names in one line: of students, and of files that were passed over; then how many more.
LISTED_PEOPLE: Final = 30
LISTED_FILES: Final = 5
#: The name of a submission's folder, which leaves room for a separator and a whole SHA-256 below
#: the usual 255 bytes.
FOLDER_NAME_CHARACTERS: Final = 100
FOLDER_NAME_BYTES: Final = 180

# What verifies an assignment

#: How often the solution is graded again, and for how many of these the same interpreters serve.
REPETITIONS: Final = 25
REPETITIONS_A_ROUND: Final = 25
#: So many of an assignment's mistakes are made in one other way each, unless all is asked for.
MISTAKES_SAMPLE: Final = 24
#: The share of them that must be named as themselves, by the hint of those that cannot be told
#: apart, or told what is wrong by the check; and of mutants with a wrong answer, be hinted.
LEAST_TOLD_SHARE: Final = 0.95
LEAST_HINTED_SHARE: Final = 0.7
#: How often ``--watch`` looks for files that changed: as fast as one turns to the terminal.
WATCH_SECONDS: Final = 0.5
