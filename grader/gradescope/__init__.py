"""An autograder.zip for Gradescope that runs this grader, not Otter in the student's process.

    build.py           writes the zip: the course's part, a wheel of this package, two scripts
    wheel.py           the wheel, and what it needs, pinned
    __main__.py        what the container runs: one hand-in → results.json
    setup.sh           run once by Gradescope, when its image is made
    run_autograder.sh  run by Gradescope for each hand-in

docs/gradescope.md says what an instructor does, and what the container can and cannot keep
apart.
"""
