"""A model of one's own: measured out of fold, kept on a board, without a look at the answers."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from genre_tutorial.core.settings import CourseError
from genre_tutorial.course import my_model as module
from genre_tutorial.course.exercises import my_board, my_code, my_model, my_scores

THEMES = {
    "Comedy": "wedding cake laugh",
    "Crime": "bank gun inspector",
    "Horror": "ghost cellar night",
    "Music": "song band stage",
    "War": "front tank order",
    "Western": "horse sheriff saloon",
}
NAMES = list(THEMES)


def table(n, seed):
    """Films whose plots give their genres away, mostly."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        genre = NAMES[rng.integers(6)]
        other = [NAMES[rng.integers(6)]] if rng.random() < 0.3 else []
        words = rng.choice(THEMES[genre].split() + ["a", "man", "town"], size=6)
        rows.append({"overview": " ".join(words), "genres": sorted({genre, *other})})
    return pd.DataFrame(rows).rename_axis("movie_id")


@pytest.fixture(autouse=True)
def films(tmp_path, monkeypatch):
    """Small films and a home of one's own."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setattr(
        module, "_the_films", lambda: (table(90, 0), table(30, 1), "toys, 90 films")
    )
    return tmp_path


@pytest.mark.parametrize("chapter", ["04", "05", "06", "08", "09", "10"])
def test_what_is_begun_in_chapter_4_goes_on_in_the_others(chapter):
    [path] = (Path(__file__).parent.parent / "nbs").glob(f"{chapter}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    assert any("board" in text for text in texts)
    assert any("my_model(" in text and "import" not in text for text in texts)


def words():
    return make_pipeline(CountVectorizer(), OneVsRestClassifier(LogisticRegression()))


def by_hand(train, labels, films):
    """A function that does everything itself: the genre of a known word."""
    assert "genres" not in films and set(films.index).isdisjoint(train.index)
    scores = pd.DataFrame(0.1, index=films.index, columns=labels.columns)
    for genre, theme in THEMES.items():
        scores[genre] += 0.2 * films["overview"].str.contains(theme.split()[0])
    return scores


def test_an_estimator_a_maker_and_a_function_are_kept_on_the_board(capsys):
    my_model("as it is", words())
    my_model("made", words)
    board = my_model("by hand", by_hand)
    assert set(board.index) == {"as it is", "made", "by hand", "three commonest"}
    assert board.loc["made", "mAP"] == board.loc["as it is", "mAP"]
    assert board.loc["made", "mAP"] > board.loc["three commonest", "mAP"]
    said = capsys.readouterr().out
    assert "Against 'three commonest'" in said and "better" in said and "too close to tell" in said
    pd.testing.assert_frame_equal(my_board(), board)


def test_scores_and_code_come_back(capsys):
    my_model("made", words)
    scores = my_scores("made")
    assert scores.shape == (90, 6) and scores.to_numpy().min() >= 0
    capsys.readouterr()
    my_code("made")
    assert capsys.readouterr().out.startswith("def words():")
    my_code("nobody")
    assert "no model 'nobody'" in capsys.readouterr().out


def test_a_better_one_under_the_same_name_replaces_it(capsys):
    my_model("mine", by_hand)
    board = my_model("mine", words)
    assert (
        list(board.index).count("mine") == 1 and board.loc["mine", "against"] == "three commonest"
    )


def test_looks_at_the_test_films_are_counted(capsys):
    first = my_model("made", words)
    assert first["test mAP"].isna().all() and first.loc["made", "test looks"] == 0
    my_model("made", words, test=True)
    board = my_model("made", words, test=True)
    assert board.loc["made", "test looks"] == 2 and 0 < board.loc["made", "test mAP"] <= 1
    assert "You have looked 2 times" in capsys.readouterr().out


def test_what_it_reads_may_be_a_function(capsys):
    def lengths(films):
        return films[["overview"]].map(len)

    board = my_model("lengths", OneVsRestClassifier(LogisticRegression()), reads=lengths)
    assert "lengths" in board.index


def wrong_rows(train, labels, films):
    return by_hand(train, labels, films).iloc[1:]


def wrong_columns(train, labels, films):
    return by_hand(train, labels, films).drop(columns="War")


def too_large(train, labels, films):
    return by_hand(train, labels, films) * 10


def missing(train, labels, films):
    return by_hand(train, labels, films) * np.nan


WRONG = {
    "no model": (3, "Hand over a model"),
    "a maker of nothing": (lambda: None, "it gave NoneType"),
    "two arguments": (lambda a, b: 1, "Hand over a model"),
    "no table": (lambda train, labels, films: [1], "you gave a list"),
    "films lack": (wrong_rows, "29 rows, 30 films"),
    "a genre lacks": (wrong_columns, "no column 'War'"),
    "beyond one": (too_large, "between 0 and 1"),
    "missing": (missing, "between 0 and 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_can_not_be_measured_is_one_sentence_and_not_on_the_board(case, capsys):
    model, words_ = WRONG[case]
    with pytest.raises(CourseError, match=words_):
        my_model("mine", model)
    assert "mine" not in my_board().index


@pytest.mark.parametrize("name", ["", "../up", "a/b", "x" * 41, 3, None, ".hidden", "a\nb"])
def test_a_name_is_no_path(name):
    with pytest.raises(CourseError, match="is no name"):
        my_model(name, words)
    with pytest.raises(CourseError, match="is no name"):
        my_scores(name)


def test_a_damaged_board_is_put_aside(films, capsys):
    my_model("made", words)
    file = films / "my_model" / "board.json"
    file.write_text(file.read_text()[:-9])
    assert my_board().empty and (films / "my_model" / "board.damaged.json").is_file()
    assert "kept as" in capsys.readouterr().out
    with pytest.raises(CourseError, match="no model 'other'.*nobody yet"):
        my_scores("other")


def test_a_model_on_other_films_is_not_compared(monkeypatch, capsys):
    my_model("made", words)
    monkeypatch.setattr(
        module, "_the_films", lambda: (table(60, 3), table(30, 1), "more, 60 films")
    )
    board = my_model("other", words)
    assert board.loc["other", "against"] == "three commonest"
    rows = json.loads(module.board_file().read_text())["models"]
    assert {row["data"] for row in rows if row["model"] in ("made", "other")} == {
        "toys, 90 films",
        "more, 60 films",
    }
