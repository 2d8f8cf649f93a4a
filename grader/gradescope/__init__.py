"""An autograder.zip for Gradescope that runs this grader, not Otter in the student's process.

    build.py           writes the zip: the course's files, a wheel of this package, two scripts
    wheel.py           the wheel, and what it needs, pinned
    __main__.py        runs in the container: one hand-in → results.json
    setup.sh           run once by Gradescope, when it builds its image
    run_autograder.sh  run by Gradescope for each hand-in

docs/gradescope.md says what an instructor does, and what the container can and cannot isolate.
"""
