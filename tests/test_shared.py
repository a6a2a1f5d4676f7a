"""Tables and boards that several programs write into: nobody's rows are lost."""

import subprocess
import sys
import threading

import pandas as pd
import pytest

from genre_tutorial.core.locks import hold_file, hold_folder
from genre_tutorial.core.settings import CourseError
from genre_tutorial.course import my_model
from genre_tutorial.data import shared
from genre_tutorial.data.shared import merge_rows, read_rows, save_rows
from genre_tutorial.evaluation import COLUMNS, Scoreboard

LABELS = pd.DataFrame({"Drama": [True, False, True], "Horror": [False, True, True]})
EMPTY = pd.DataFrame(columns=["model", "map"])


def rows(**figures):
    """A table of models and one number each."""
    return pd.DataFrame({"model": list(figures), "map": list(figures.values())})


def together(*work):
    """Run functions in threads of their own, to their ends."""
    threads = [threading.Thread(target=function) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def meeting(function):
    """As a function, but two that run it at once wait for each other behind it."""
    meet = threading.Barrier(2)

    def slow(*arguments):
        found = function(*arguments)
        try:
            meet.wait(0.5)  # held apart, they don't meet, and go on alone
        except threading.BrokenBarrierError:
            meet.reset()
        return found

    return slow


def test_two_boards_saved_at_once_keep_the_rows_of_both(tmp_path, monkeypatch):
    boards = [Scoreboard(tmp_path / "board.csv") for _ in range(2)]
    for board, name in zip(boards, "ab", strict=True):
        board.add(name, LABELS, LABELS * 0.6, k=1, data="films")
    monkeypatch.setattr(shared, "read_rows", meeting(shared.read_rows))
    together(*(board.save for board in boards))
    found = Scoreboard(tmp_path / "board.csv").table
    assert sorted(found["model"]) == ["a", "b"] and list(found.columns) == COLUMNS
    assert max(len(board.table) for board in boards) == 2, "the later one sees both"


ADDER = """
import sys
import pandas as pd
from genre_tutorial.data.shared import read_rows, save_rows

path, me = sys.argv[1:]
table = read_rows(path, ["model", "map"], ["model"])
for n in range(10):
    seen = table.copy()
    table = pd.concat([table, pd.DataFrame({"model": [f"{me}{n}"], "map": [0.1]})])
    table = save_rows(table, seen, path, ["model"])
"""


def test_two_processes_keep_each_others_rows(tmp_path):
    command = [sys.executable, "-c", ADDER, str(tmp_path / "board.csv")]
    running = [subprocess.Popen([*command, me]) for me in "ab"]
    assert [process.wait(240) for process in running] == [0, 0]
    found = read_rows(tmp_path / "board.csv", [], ["model"])
    assert sorted(found["model"]) == sorted(f"{me}{n}" for me in "ab" for n in range(10))


def test_own_rows_win_and_all_others_are_as_the_file_has_them():
    seen = rows(a=0.1, b=0.2, c=0.3)
    there = rows(a=0.9, b=0.9, d=0.4)  # c was removed by another, a and b measured anew
    merged = merge_rows(rows(a=0.1, b=0.5, e=0.6), seen, there, ["model"])
    assert merged.to_dict("list") == rows(a=0.9, d=0.4, b=0.5, e=0.6).to_dict("list")


@pytest.mark.parametrize(
    "table, seen, there, expected",
    [
        (EMPTY, EMPTY, EMPTY, []),
        (rows(a=1.0), EMPTY, EMPTY, ["a"]),
        (EMPTY, EMPTY, rows(a=1.0), ["a"]),
        (EMPTY, rows(a=1.0), rows(a=1.0), []),  # taken out by hand
        (rows(a=1.0), rows(a=1.0), EMPTY, []),  # the file was removed
        (rows(a=1.0), EMPTY, rows(a=2.0, b=1.0), ["b", "a"]),
    ],
)
def test_tables_that_are_empty_merge_too(table, seen, there, expected):
    merged = merge_rows(table, seen, there, ["model"])
    assert list(merged["model"]) == expected and list(merged.columns) == ["model", "map"]


def test_a_board_can_be_saved_elsewhere_edited_and_read_as_it_was_written(tmp_path):
    board = Scoreboard(tmp_path / "one.csv")
    board.add("007", LABELS, LABELS * 0.6, k=1, data="1")
    board.add("b", LABELS, LABELS * 0.7, k=1, data="1", note="NA")
    board.save()
    board.save(tmp_path / "two.csv")
    for name in ("one.csv", "two.csv"):
        assert Scoreboard(tmp_path / name).table.equals(board.table)
    board.table.loc[0, "note"] = "by hand"
    board.table = board.table.iloc[:1]
    board.save()
    assert list(Scoreboard(tmp_path / "one.csv").table["note"]) == ["by hand"]
    assert list(Scoreboard(tmp_path / "two.csv").table["note"]) == ["", "NA"]


def test_a_number_stays_what_it_was_however_often_it_is_saved(tmp_path):
    path, figure = tmp_path / "board.csv", 0.1 + 0.2
    save_rows(rows(a=figure), EMPTY, path, ["model"])
    for n in range(5):
        save_rows(rows(**{f"b{n}": 1.0}), EMPTY, path, ["model"])
    assert read_rows(path, [], ["model"])["map"][0] == figure


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "No columns"),
        (b"title,year\nAlien,1979\n", "no column 'model'"),
        (b"model,data\n\xff\xfe,x\n", "decode"),
        (b'model,data\n"a,b\n', "EOF"),
    ],
)
def test_a_file_that_is_no_board_is_left_alone(tmp_path, content, said):
    path = tmp_path / "board.csv"
    path.write_bytes(content)
    with pytest.raises(CourseError, match=f"board.csv is no table of results .*{said}"):
        Scoreboard(path)
    with pytest.raises(CourseError, match="move it away"):
        save_rows(rows(a=1.0), EMPTY, path, ["model", "data"])
    assert path.read_bytes() == content


def test_a_board_without_a_file_asks_for_one():
    with pytest.raises(CourseError, match="no file yet"):
        Scoreboard().save()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_a_file_that_is_held_is_waited_for_and_a_held_folder_is_no_hindrance(tmp_path, monkeypatch):
    path = tmp_path / "board.csv"
    with hold_folder(tmp_path):  # as `genre-tutorial run` does, whose chapters save inside
        save_rows(rows(a=1.0), EMPTY, path, ["model"])
    monkeypatch.setattr(shared, "PATIENCE", 0)
    with hold_file(path), pytest.raises(CourseError, match="is at work on .*board.csv"):
        save_rows(rows(b=1.0), EMPTY, path, ["model"])
    assert list(read_rows(path, [], ["model"])["model"]) == ["a"]


def test_your_own_board_keeps_the_rows_of_two_notebooks(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setattr(my_model, "_read_board", meeting(my_model._read_board))
    together(*(lambda name=name: my_model._put({"model": name}) for name in "ab"))
    together(*(lambda: my_model._put({"model": "a"}, looks=1) for _ in range(2)))
    looks = {row["model"]: row["test looks"] for row in my_model._read_board()}
    assert looks == {"a": 2, "b": 0}
