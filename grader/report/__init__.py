"""Makes what people get from results: pages, Gradescope's results.json, scores.csv.

page.py         a student's feedback page
classpage.py    the class page
template.py     the templates of both
language.py     the reader's language; catalogues in locale/
gradescope.py   results.json
scores.py       scores.csv
summary.py      outcomes in words
questions.py    a class's figures for each question
figures.py      pictures on a student's page
po.py           reads catalogues of translations
text.py         students' words made harmless, numbers made short, CSV
files.py        writing a file, or a zip, whole or not at all
"""
