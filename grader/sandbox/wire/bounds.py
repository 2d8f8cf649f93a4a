"""The limits that hold where students' code runs, and on the way there and back.

A worker is given this file and none of ``grader/bounds.py``, where all other limits stand and
where it is said how these are named.  Whatever a worker is trusted to keep is a courtesy: what it
must keep is looked at once more by the judge, or seen to by the kernel.
"""

from typing import Final

# Time

#: How often a worker looks whether its time is up: a limit may be passed by as much.
TICK_SECONDS: Final = 0.2
#: Who waits for the other side looks at the time so often: seldom enough to cost nothing.
LOOK_SECONDS: Final = 0.1
#: A run that computes for a smaller share of its time waits: then the clock counts, too.
IDLE_SHARE: Final = 0.1
#: For what a module still defines when it was interrupted: the judge waits a second longer.
MODULE_SECONDS: Final = 0.3
#: How long what is ready in an event loop may go on when a cell has ended.
SETTLE_SECONDS: Final = 0.02
#: So often the judge hears of a queue that goes on: it waits for one operation, not for all.
GOING_SECONDS: Final = 0.3
#: Whoever holds Python's lock gives it up after so long: a thread that a demo left spinning would
#: keep each answer waiting for its turn, fifty times as long by Python's own 5 ms.
SWITCH_SECONDS: Final = 1e-4
#: So many seconds by the clock may pass for each that examples may compute, in their fork.
EXAMPLES_WALL_FACTOR: Final = 20.0
#: What fights its end, by forking, is killed again and again for so long ...
END_SECONDS: Final = 20.0
#: ... after a pause for the kernel to reap what was killed.
END_PAUSE_SECONDS: Final = 0.001

# Messages, and values in them

#: What is parsed of a message: small, since parsing multiplies it.
MAX_MESSAGE_BYTES: Final = 8 << 20
#: The contents of arrays behind a message: a quarter of what a worker may use by default.
MAX_RAW_BYTES: Final = 256 << 20
#: What is read at once, at least and at most: most messages are read whole, and what is reserved
#: for a large one is not a multiple of what has come.
READ_BYTES: Final = 1 << 16
MAX_READ_BYTES: Final = 1 << 20
#: One packet to a zygote or from it: a few paths and numbers.
MAX_PACKET_BYTES: Final = 1 << 16
#: Lists in lists: Python's own recursion must not end first.
MAX_DEPTH: Final = 64
#: One int of 150,000 digits: no exercise has a longer one.
MAX_INT_BYTES: Final = 1 << 16
#: Arrays, lists, dicts and sets that both sides hold: each is looked at for changes.
MAX_SHARED_OBJECTS: Final = 1 << 18
#: One array; more does not fit behind a message.
MAX_ARRAY_BYTES: Final = MAX_RAW_BYTES
#: What all shared objects of one side may take in memory, roughly.
MAX_HEAP_BYTES: Final = 1 << 30
#: Items (8 bytes of an array are one) of a value when what it holds twice counts twice:
#: ten lists, each holding the next one ten times, are few on the wire and no bound in NumPy.
MAX_EXPANDED_ITEMS: Final = 1 << 25
#: Keys of one dict or set with the hash of another one: each costs a look at all of them.
MAX_COLLISIONS: Final = 64
#: Numbers of shared objects, and of what is no data: no worker counts so far, and msgpack holds
#: twice as much, which is where promised results begin.
MAX_NUMBER: Final = 1 << 40
#: Axes of an array, as in NumPy 1.
MAX_AXES: Final = 32
#: Each axis, of an array that may well be empty, and what it would take if none were 0: NumPy
#: can multiply these.
MAX_AXIS: Final = 1 << 32
MAX_CLAIMED_BYTES: Final = 1 << 40
#: The name of a dtype, ``<U1048576`` being the longest, and one text of such an array.
MAX_DTYPE_CHARACTERS: Final = 12
MAX_DTYPE_LENGTH: Final = 1 << 20
#: Headers of arrays, and dtypes, that need not be checked again: more than one submission has.
KEPT_HEADERS: Final = 1024
KEPT_DTYPES: Final = 256

# What a worker may use, besides what assignment.toml says

#: Files and folders in a worker's own folder: its memory pays for each.
MAX_SCRATCH_FILES: Final = 4096
#: Those in shared memory, where a program puts a few.
MAX_SHARED_MEMORY_FILES: Final = 256
#: For the mount points of all that a worker sees: they are empty.
ROOT_MB: Final = 1
#: Files open at once: NumPy and matplotlib have some twenty.
MAX_OPEN_FILES: Final = 256
#: Descriptors that are closed before a worker begins: the zygote, which opens few, has no more.
MAX_DESCRIPTORS: Final = 4096
#: Memory that is never swapped: what Linux gave everyone for long.
MAX_LOCKED_BYTES: Final = 1 << 16
#: Forks that hold what a notebook had defined when a question was asked: each takes memory.
MAX_MARKS: Final = 20

# What is done for a notebook in place of programs

#: ``input()`` gives an empty line so often, then the end of input: a menu that waits for "q"
#: would never end.
MAX_INPUTS: Final = 100
#: Words of one shell command: ``{1..9}{1..9}...`` makes many of few.
MAX_COMMAND_WORDS: Final = 10_000
#: A file that a shell command reads, which it does whole.
MAX_COMMAND_FILE_BYTES: Final = 64 << 20
#: Files in an archive that a notebook unpacks: as many as its folder may hold.
MAX_MEMBERS: Final = MAX_SCRATCH_FILES
#: What is unpacked at once.
UNPACK_BYTES: Final = 1 << 18
#: Entries of an array of objects that are looked at for what stands in for a missing package.
MAX_STOOD_IN_ENTRIES: Final = 1000

# Words that a worker tells, which may get to a page

#: A name: of a class, of an error, of what a note speaks of.
MAX_NAME_CHARACTERS: Final = 200
#: An error's message: Python's own are a few lines.
MAX_MESSAGE_CHARACTERS: Final = 2000
#: A traceback, of which the middle is cut: the call and the line that fails stand at its ends.
MAX_TRACEBACK_CHARACTERS: Final = 4000
#: The frames that an error within a widget shows: the student's own are the last.
WIDGET_FRAMES: Final = 3
#: Notes, each once: who has made more need not read them all.
MAX_NOTES: Final = 50
#: A reason in a note, why an annotation fails for one; the names of a plot style and a program.
MAX_REASON_CHARACTERS: Final = 200
MAX_STYLE_CHARACTERS: Final = 100
MAX_PROGRAM_CHARACTERS: Final = 60
#: A shell command in a note: a line of a page.
MAX_COMMAND_CHARACTERS: Final = 80
#: Of a cell's shell commands that were not run, the first are told, and said to be why a file
#: may be missing.
MAX_COMMANDS_TOLD: Final = 3
#: Missing things that one result rests on: the judge keeps :data:`grader.bounds.MAX_NEEDS`.
MAX_FOUND_NEEDS: Final = 10
#: What one doctest prints: a page of numbers; and the line of what it raises.
MAX_PRINTED_CHARACTERS: Final = 1 << 16
MAX_RAISED_CHARACTERS: Final = 2000
#: All outcomes of one question's doctests, from their fork: as much as a message may hold.
MAX_OUTCOMES_BYTES: Final = MAX_MESSAGE_BYTES
