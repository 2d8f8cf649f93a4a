"""What people get from results: pages, Gradescope's results.json, scores.csv.

page.py         a student's feedback page
classpage.py    the class page
language.py     the reader's language; catalogues in locale/
gradescope.py   results.json
scores.py       scores.csv
text.py         students' words made harmless, numbers made short
files.py        writing a file whole or not at all
"""
