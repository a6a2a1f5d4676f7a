"""A number and its noun agree, wherever a sentence counts something."""

import re
from pathlib import Path

import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.core.words import counted
from genre_tutorial.course.guard import Head
from genre_tutorial.course.kinds import no_sentence
from genre_tutorial.course.show import Grid
from genre_tutorial.data.films import load_films
from genre_tutorial.questions import permutation_test

PACKAGE = Path(__file__).parent.parent / "genre_tutorial"


@pytest.mark.parametrize(
    "number, said", [(0, "0 films"), (1, "1 film"), (2, "2 films"), (1609, "1,609 films")]
)
def test_one_film_and_many_films(number, said):
    assert counted(number, "film") == said
    assert counted(pd.Series([True] * number).sum(), "film") == said


def test_the_verb_goes_with_the_noun():
    assert counted(1, "row repeats", "rows repeat") == "1 row repeats"
    assert counted(3, "row repeats", "rows repeat") == "3 rows repeat"


def test_sentences_that_count_one_thing(tmp_path):
    assert no_sentence("because").startswith("1 word; say it")
    assert no_sentence("so what").startswith("2 words; say it")
    assert Grid([], [], 1, 2).more == "… 1 more row … 2 more columns"
    head = Head(3)
    head.write("abcd")
    assert head.text().endswith("and 1 more letter")
    with pytest.raises(CourseError, match="^1 row is too few"):
        permutation_test(None, [1], [1])
    rows = "title,overview,genres,poster\nA,A plot.,Drama,gone.png\n,Another.,Drama,\n"
    (tmp_path / "films.csv").write_text(rows + "A,A plot.,Drama,\n", encoding="utf-8")
    said = " ".join(load_films(str(tmp_path / "films.csv")).problems)
    assert "1 row has no title" in said and "1 poster file is not there" in said


# A count in braces with a noun behind it. The numbers of these are two or more, or what they say
# is a list's length in a program's own words.
NEVER_ONE = {
    "answers/ch01.py": ["bytes"],  # over 255
    "answers/ch11.py": ["words"],
    "answers/ch12.py": ["films"],  # 200 or more
    "answers/ch13.py": ["calls"],
    "course/diagnosis.py": ["values", "parts", "parts", "numbers"],  # of several
    "course/judging.py": ["cases"],
    "course/my_model.py": ["films"],  # those of a source
    "figures/ch10.py": ["films"],
    "apps/projects.py": ["rows", "rows", "rows"],
    "data/columns.py": ["columns", "columns"],  # at least four
    "data/dialects.py": ["rows"],
    "data/encodings.py": ["letters"],  # at least three
    "data/json_tables.py": ["lists"],
    "data/partitions.py": ["partitions", "films"],
    "data/report.py": ["rows", "cells"],  # more than `FEW`
    "core/connections.py": ["bytes"],
    "models/vector_files.py": ["numbers"],
    "genre_tutorial/errors.py": ["films", "letters"],
    "genre_tutorial/movies.py": ["movies"],
}
COUNT = r"\{(?:len\([^{}]*\)|[^{}]*\.sum\(\)\)?|many|count|twice|lost|repeats|removed)(?::,)?\}"


def test_no_sentence_counts_by_itself():
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        nouns = re.findall(COUNT + r" (?:more |different )?([a-z]{3,}s)\b", path.read_text("utf-8"))
        if nouns:
            found["/".join(path.parts[-2:])] = nouns
    assert found == NEVER_ONE, "use core.words.counted, or say here why it is never one"
