"""Projects of one's own: the frame, the seal, the checks, and the template that runs."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from genre_tutorial.apps.cli import main
from genre_tutorial.apps.projects import (
    TABLE,
    check_name,
    choose_columns,
    new_project,
    project_cells,
)
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import load_movies
from genre_tutorial.data.tables import read_table
from genre_tutorial.your_own import RUBRIC, Sealed, frame, keep_common, project_checks


def run_code(notebook, most=None):
    """Run a notebook's code cells, or only the first ones; the names they leave."""
    names: dict = {}
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in [cell for cell in cells if cell["cell_type"] == "code"][:most]:
        exec(cell["source"], names)
    return names


def test_a_new_project_runs_to_its_first_board(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new-project", "mine"]) == 0
    names = run_code(tmp_path / "mine.ipynb")
    board = pd.read_csv(tmp_path / "mine-board.csv")
    assert list(board["model"]) == ["baseline", "my model"] and (board["low"] < board["high"]).all()
    checks = project_checks(names["board"].table, names["sealed"], names["difference"])
    assert checks["answer"].all()


@pytest.mark.real
def test_a_public_table_of_films_runs_to_its_first_board(tmp_path, monkeypatch, real_data):
    monkeypatch.chdir(tmp_path)
    table = real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"
    assert main(["new-project", "mine", "--data", str(table)]) == 0
    run_code(tmp_path / "mine.ipynb")
    board = pd.read_csv(tmp_path / "mine-board.csv")
    assert list(board["model"]) == ["baseline", "my model"] and (board["low"] < board["high"]).all()
    assert (board["n_test"] > 900).all(), "all films, not a sample"


RECIPES = [
    ("basil, tomato, oregano, salt", "Italian"),
    ("cumin, ghee, turmeric, salt", "Indian"),
    ("nori, mirin, rice, salt", "Japanese"),
]


def test_its_sections_are_those_that_the_chapter_names():
    cells = project_cells("x", "openplots")
    text = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    found = [line[3:].lower() for line in text.splitlines() if line.startswith("## ")]
    lesson = Path(__file__).parent.parent / "nbs" / "14_your_own.ipynb"
    promised = re.search(
        r"Its sections are those of the example: (.+?)\.", lesson.read_text("utf-8")
    )
    assert [*promised[1].split(", "), "self-checks"] == found


def test_films_without_years_are_asked_for_their_genres(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    films = load_movies("openplots").head(150)[["title", "overview", "genres"]]
    known = {"Drama", "Comedy", "Thriller"}
    films["genres"] = films["genres"].map(lambda names: sorted(known & set(names) | {"Horror"}))
    films.to_csv("films.csv", index=False)
    assert main(["new-project", "mine", "--data", "films.csv"]) == 0
    assert "so Y is their genres" in capsys.readouterr().out
    names = run_code(tmp_path / "mine.ipynb", most=3)
    assert (names["Y"], names["K"]) == ("genres", 2), "answers a row, about"
    assert set(names["labels"]) == known | {"Horror"}


def test_a_path_from_the_home_folder_and_answers_of_yes_and_no(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    recipes(tmp_path / "recipes.csv", "text", "cuisine")
    table = pd.read_csv("recipes.csv")
    table.assign(spicy=table.pop("cuisine") == "Indian").to_csv("recipes.csv", index=False)
    assert main(["new-project", "mine", "--data", "~/recipes.csv"]) == 0
    names = run_code(tmp_path / "mine.ipynb")
    assert list(names["labels"]) == ["False", "True"] and "~" not in names["SOURCE"]


def recipes(path, *names):
    """Write a table of 90 recipes with two columns of these names, and three copies of each."""
    extra = ["onion", "garlic", "egg", "water", "sugar", "butter"]
    rows = [
        (f"{text}, {extra[n % 6]} {n // 3}", y) for n in range(90) for text, y in [RECIPES[n % 3]]
    ]
    pd.DataFrame(rows + rows[:3], columns=names).to_csv(path, index=False)


@pytest.mark.parametrize("names", [("ingredients", "cuisine"), ('"; import os #', "@board@")])
def test_a_table_of_anything_runs_to_its_first_board(tmp_path, monkeypatch, capsys, names):
    monkeypatch.chdir(tmp_path)
    recipes("recipes.csv", *names)
    assert main(["new-project", "mine", "--data", "recipes.csv"]) == 0
    said = capsys.readouterr().out
    assert f"X is {names[0]!r}, Y is {names[1]!r}" in said and "no column 'overview'" in said
    spaces = run_code(tmp_path / "mine.ipynb")
    assert "93 rows, 90 with X and a common Y, without copies" in capsys.readouterr().out
    assert (spaces["X"], spaces["Y"]) == names
    assert len(spaces["train"]) + len(spaces["held_out"]) == 90
    assert project_checks(spaces["board"].table, spaces["sealed"], spaces["difference"])[
        "answer"
    ].all()


@pytest.mark.parametrize("columns", [["a"], ["a", "b"]])
def test_a_table_without_two_answers_is_no_project(tmp_path, monkeypatch, columns):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({name: ["the same"] * 5 for name in columns}).to_csv("t.csv", index=False)
    with pytest.raises(CourseError, match="no column 'title'"):
        new_project("mine", "t.csv")
    with pytest.raises(CourseError, match="missing.csv"):
        new_project("mine", "missing.csv")
    assert not list(tmp_path.glob("*.ipynb"))


def test_what_is_missing_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"song": ["la la la", "do re mi", None], "style": ["pop", None, "folk"]})
    table.assign(empty=None, label=["EMI", None, None]).to_csv("songs.csv", index=False)
    assert choose_columns(read_table("songs.csv")) == ("song", "style")


def test_the_rubric_can_be_read_to_the_end():
    assert "..." not in RUBRIC.to_html() and "..." not in RUBRIC["two points if"].to_string()


def test_nothing_is_overwritten(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for taken in ("mine.ipynb", "other-board.csv"):
        (tmp_path / taken).write_text("kept")
    assert main(["new-project", "mine"]) == main(["new-project", "other"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "mine.ipynb": "kept",
        "other-board.csv": "kept",
    }


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a\\b", "/x", "a.b", "a b", "x\n", "NUL", "é", "-x", "a" * 61]
)
def test_a_bad_name_gets_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CourseError, match="can't name a project"):
        new_project(name)
    assert not list(tmp_path.iterdir())


def test_a_title_stays_a_title():
    for source in ('"; import os #', "it's @board@ \n@@ code\n", "a\nb"):
        cells = project_cells(check_name("x"), source)
        assert len(cells) == len(project_cells("x", "openplots"))
        line = cells[1]["source"].split("SOURCE = ")[1].split("\nX, Y")[0]
        assert json.loads(line) == source
        columns = {"x": json.dumps(source), "y": '"@y@"'}
        named = project_cells("x", "t.csv", TABLE | columns)
        assert len(named) == len(cells)
        line = named[1]["source"].split("\nX, Y = ")[1].split("  # the column")[0]
        assert json.loads(f"[{line}]") == [source, "@y@"]


def test_the_seal_counts_and_refuses():
    sealed = Sealed(pd.DataFrame({"a": [1]}))
    assert sealed.opened == 0 and len(sealed.open()) == 1
    with pytest.raises(CourseError, match="opened already"):
        sealed.open()
    assert sealed.opened == 2


def test_checks_find_what_is_missing():
    board = pd.DataFrame({"model": ["mine"], "low": [0.5], "high": [0.5]})
    answers = project_checks(board, Sealed(board))["answer"]
    assert answers.tolist() == [False, True, False, False, False] and len(RUBRIC) == 7
    perfect = pd.DataFrame({"model": ["baseline", "mine"], "low": [0.5, 1.0], "high": [0.6, 1.0]})
    assert project_checks(perfect, Sealed(board))["answer"]["Is there an interval?"]


def test_a_frame_keeps_rows_with_both_sides():
    table = pd.DataFrame({"x": [["salt", "rice"], None, "a"], "y": ["Thai", "Thai", ""]})
    framed = frame(table, "x", "y")
    assert framed["text"].tolist() == ["salt, rice"] and len(table) - len(framed) == 2
    odd = pd.DataFrame({"x": "a", "y": [True, 2.5, "[torn", 3]})
    assert frame(odd, "x", "y")["genres"].tolist() == [["True"], ["2.5"], ["[torn"], ["3"]]
    for x, y, said in (("x", "z", "no column"), ("x", "x", "both"), ("x", "e", "No row")):
        with pytest.raises(CourseError, match=said):
            frame(table.assign(e=None), x, y)
    with pytest.raises(CourseError, match="coarser"):
        keep_common(framed)
