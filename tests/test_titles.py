"""A film may be called "$$" or "<b>", and so may a genre: no figure and no page breaks."""

import json
import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import genre_tutorial.course.exercises  # noqa: F401  every chapter begins with it
from genre_tutorial.cooccurrence import cooccurrence, draw_map
from genre_tutorial.course.figures.ch02 import draw_company
from genre_tutorial.course.figures.ch05 import draw_decision
from genre_tutorial.course.figures.live import image, live_figure, make_figure, png
from genre_tutorial.data.films import label_matrix
from genre_tutorial.data.posters import draw_poster
from genre_tutorial.data.tables import tidy

TITLES = ["$$", "<b>", "$x_$ & <script>", r"\frac{", "100 % $", "{}", "&amp;"]
FORMULAS = ["$$", "$9.99 and $5", "$$x^2$$", r"\(x\)", r"\[x\]", "<b>x</b>"]


@pytest.fixture
def movies():
    """Films with such titles and genres."""
    genres = [
        ["$$", "Drama"],
        ["<b>", "Drama"],
        ["$a_", "War"],
        ["Drama"],
        ["War"],
        ["$$"],
        ["<b>"],
    ]
    table = pd.DataFrame({"title": TITLES, "overview": "A plot.", "genres": genres})
    return tidy(table.assign(overview=[f"Plot {n}." for n in range(len(table))]))


def test_titles_and_genres_stay_as_they_are(movies):
    assert movies["title"].tolist() == TITLES
    assert {"$$", "<b>"} <= set(label_matrix(movies))


def test_figures_of_the_widgets(movies):
    labels = label_matrix(movies)
    scores = labels * 0.5 + 0.2
    for movie_id, title in movies["title"].items():
        figure, sentence = draw_decision(labels, scores, movies["title"], movie_id, name=title)
        assert png(figure).startswith(b"\x89PNG") and title in sentence
    figure, sentence = draw_company(labels, ("$$",))
    assert png(figure).startswith(b"\x89PNG")


def test_a_genre_that_is_not_there_is_stood_in_for(movies, capsys):
    labels = label_matrix(movies)
    assert "Drama" in draw_company(labels, ("Romance",))[1]
    assert "No film here is Romance; Drama" in capsys.readouterr().out
    alone = label_matrix(movies.assign(genres=[["War"]] * len(movies)))
    assert "no other genre comes along" in draw_company(alone, ("War",))[1]


def test_figures_of_the_lessons(movies):
    assert matplotlib.rcParams["text.parse_math"] is False
    ax = draw_map(cooccurrence(label_matrix(movies)), "$$")
    ax.set_title(TITLES[2])
    ax.figure.canvas.draw()
    plt.close(ax.figure)


def test_what_is_said_beside_a_figure_is_no_html():
    def draw(name):
        figure, axes = make_figure(1, 2, 2)
        np.atleast_1d(axes)[0].set_title(name)
        return figure, f"{name} is shown"

    import ipywidgets

    pick = ipywidgets.Dropdown(options=TITLES)
    widget = live_figure(draw, "<b> & titles", name=pick)
    for title in TITLES:
        pick.value = title
        shown = [child for child in widget.children if isinstance(child, ipywidgets.HTML)]
        html = "".join(child.value for child in shown)
        assert "<script" not in html and "<b>" not in html
    assert "<b>" not in image(b"", "<b>")


def test_a_drawn_poster(movies):
    for _, movie in movies.iterrows():
        assert draw_poster(movie).size == (342, 513)


def test_a_table_in_a_notebook_shows_titles_as_they_are():
    """The class keeps MathJax out, as a test in a browser sees; `<` is escaped by pandas."""
    table = pd.DataFrame({"title": FORMULAS})
    for html in (table._repr_html_(), table.style._repr_html_(), table.to_html()):
        start = re.search(r"<table[^>]*>", html)[0]
        assert "mathjax_ignore" in start and "tex2jax_ignore" in start
    assert "<b>x" not in table._repr_html_() and "$9.99 and $5" in table._repr_html_()


def test_every_lesson_imports_the_page_that_sets_this_first():
    lessons = sorted((Path(__file__).parent.parent / "nbs").glob("[0-9]*.ipynb"))
    assert lessons
    for lesson in lessons:
        cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        first = next(n for n, text in enumerate(sources) if "course.exercises import" in text)
        shown = [
            n for n, text in enumerate(sources) if "DataFrame" in text or "course_films" in text
        ]
        assert first < min(shown, default=99), lesson.name
