"""Interactive figures: each control moves something, in one drawing, has a name, and a mistake is
a sentence.
"""

import base64
import io
import re
from dataclasses import replace

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from genre_tutorial import vgg
from genre_tutorial.core.settings import CourseError
from genre_tutorial.course.figures import ch05, ch10, live
from genre_tutorial.course.figures.ch00 import explore_sample
from genre_tutorial.course.figures.ch01 import explore_limit
from genre_tutorial.course.figures.ch02 import draw_company, explore_company
from genre_tutorial.course.figures.ch03 import explore_bag
from genre_tutorial.course.figures.ch05 import explore_decision
from genre_tutorial.course.figures.ch06 import draw_fit, explore_fit, explore_kernel, explore_layers
from genre_tutorial.course.figures.ch07 import explore_covered
from genre_tutorial.course.figures.ch08 import explore_effects, explore_neighbours
from genre_tutorial.course.figures.ch09 import explore_attention, explore_nearest
from genre_tutorial.course.figures.ch10 import Judges, try_any
from genre_tutorial.data.films import label_matrix, load_movies
from genre_tutorial.data.posters import with_posters
from genre_tutorial.models.backbones import SEEDED
from genre_tutorial.models.mean_vectors import MeanWordVectors
from genre_tutorial.models.vectors import load_word_vectors
from genre_tutorial.movies import split_movies
from genre_tutorial.svm_naive_bayes import logistic_regression, naive_bayes


def films():
    """200 films, split, labels, truth, and two quick models' scores on the test films."""
    train, test = split_movies(load_movies("openplots").sample(200, random_state=4))
    labels = label_matrix(train)
    models = {
        "naive Bayes": naive_bayes().fit(train["overview"], labels),
        "logistic regression": logistic_regression(pieces=False).fit(train["overview"], labels),
    }
    return train, test, labels, label_matrix(test, labels.columns), models


def some_judges(trained):
    """Models trained on 120 films; the network of posters passes as trained, or as seeded."""
    weights = "pretend" if trained else SEEDED
    real = vgg.course_features

    def seen(movies):
        return replace(real(movies), weights=weights)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg, "course_features", seen)
        return Judges(with_posters(load_movies("openplots").sample(120, random_state=5)))


@pytest.fixture(scope="module")
def made():
    """Every interactive figure of the course, by name."""
    train, test, labels, truth, models = films()
    posters = with_posters(train.head(12))
    judges = some_judges(trained=True)

    def bright(pictures):
        light = np.asarray(pictures).mean(axis=(1, 2, 3)) / 255
        return pd.DataFrame({"Comedy": light, "Horror": 1 - light})

    return {
        "sample": explore_sample(),
        "limit": explore_limit(),
        "company": explore_company(labels),
        "bag": explore_bag(train["overview"]),
        "decision": explore_decision(
            truth, {name: model.scores(test["overview"]) for name, model in models.items()}, test
        ),
        "fit": explore_fit(np.array([0, 1, 2, 4]), np.array([0, 1, 0, 1])),
        "layers": explore_layers(),
        "kernel": explore_kernel(posters["poster"].iloc[0]),
        "covered": explore_covered(
            dict(zip(posters["title"], posters["poster"], strict=True)), bright, 96
        ),
        "neighbours": explore_neighbours(load_word_vectors("openvectors")),
        "effects": explore_effects(models["logistic regression"], test, "Drama"),
        "attention": explore_attention(load_word_vectors("openvectors")),
        "nearest": explore_nearest(MeanWordVectors("openvectors").fit([""]), train),
        "judges": try_any(judges),
    }


NAMES = [
    "sample",
    "limit",
    "company",
    "bag",
    "decision",
    "fit",
    "layers",
    "kernel",
    "covered",
    "neighbours",
    "effects",
    "attention",
    "nearest",
    "judges",
]


def controls(box):
    """The controls of an interactive figure."""
    return [
        child
        for child in box.children
        if isinstance(
            child,
            (
                ipywidgets.Dropdown,
                ipywidgets.IntSlider,
                ipywidgets.FloatSlider,
                ipywidgets.Text,
                ipywidgets.Textarea,
                ipywidgets.SelectMultiple,
            ),
        )
    ]


def shown(box):
    """Picture and sentence."""
    return box.children[-2].value, box.children[-1].value


def another(control):
    """A value the control does not have now."""
    if isinstance(control, (ipywidgets.IntSlider, ipywidgets.FloatSlider)):
        return control.min if control.value != control.min else control.max
    if isinstance(control, ipywidgets.SelectMultiple):
        return ("Drama",)
    if isinstance(control, ipywidgets.Dropdown):
        return next(
            value
            for _, value in [(o if isinstance(o, tuple) else (o, o)) for o in control.options]
            if not (value is control.value or value == control.value)
        )
    return (
        "queen" if len(control.value) < 20 else "A sheriff and a robot hunt a ghost in the desert."
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name_and_moves_something(made, name):
    box = made[name]
    assert len(controls(box)) >= 2 or name == "neighbours"
    for control in controls(box):
        assert control.description and control.tooltip
        assert not isinstance(control, ipywidgets.Dropdown) or control.label, (
            f"{control.description}: nothing chosen"
        )
        before, old = shown(box), control.value
        control.value = another(control)
        assert shown(box) != before, control.description
        control.value = old


@pytest.mark.parametrize("name", NAMES)
def test_a_move_of_any_control_draws_once(made, name, monkeypatch):
    """How long a drawing takes is a matter of the bench; a control that draws twice takes twice."""
    drawn, png = [], live.png
    monkeypatch.setattr(live, "png", lambda figure: drawn.append(figure) or png(figure))
    for control in controls(made[name]):
        for value in (another(control), control.value):
            drawn.clear()
            control.value = value
            assert len(drawn) == 1, control.description


def test_the_curve_of_a_model_is_computed_once(monkeypatch):
    """Whichever control is moved; and two tables of one name are two tables."""
    asked, evaluate = [], ch05.evaluate
    monkeypatch.setattr(ch05, "evaluate", lambda *a, **k: asked.append(k) or evaluate(*a, **k))
    labels = pd.DataFrame({"A": [True, False, True], "B": [True, True, True]}, index=[7, 8, 9])
    scores = pd.DataFrame({"A": [0.9, 0.2, 0.8], "B": [0.7, 0.6, 0.9]}, index=[7, 8, 9])
    movies = pd.DataFrame({"title": ["one", "other", "third"]}, index=[7, 8, 9])
    for table, precision in ((scores, "Precision 1.00"), (1 - scores, "Precision 0.00")):
        box = explore_decision(labels, {"mine": table}, movies)
        assert precision in shown(box)[1]
        asked.clear()
        for control in controls(box):
            if not isinstance(control, ipywidgets.Dropdown) or len(control.options) > 2:
                control.value = another(control)
        assert asked == []


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_a_png_and_the_sentence_a_status(made, name):
    picture, sentence = shown(made[name])
    alt, content = re.fullmatch(
        r'<img alt="([^"]+)" style="[^"]*" src="data:image/png;base64,([^"]+)">', picture
    ).groups()
    assert Image.open(io.BytesIO(base64.b64decode(content))).width > 200
    said = sentence.removeprefix("<p role='status'>").removesuffix("</p>")
    assert len(said) > 20 and said in alt and "<" not in said


@pytest.mark.parametrize("name", NAMES)
def test_where_no_widget_lives_its_picture_does(made, name):
    """On GitHub and on the site; in JupyterLab, the widget comes first."""
    bundle = made[name]._repr_mimebundle_()
    assert set(bundle) == {
        "application/vnd.jupyter.widget-view+json",
        "image/png",
        "text/plain",
    }
    assert bundle["image/png"] in shown(made[name])[0]
    assert len(bundle["text/plain"]) > 20 and "(children=" not in bundle["text/plain"]


BESIDE_THE_FILES = 848  # pixels that JupyterLab's list of files leaves an output, of 1280


def read_height(figure):
    """Pixels of the smallest letters of a picture, once it has been made to fit JupyterLab."""
    buffer = io.BytesIO(live.png(figure))
    shrunk = min(1, BESIDE_THE_FILES / Image.open(buffer).width)
    pixels = Image.open(buffer).width / figure.get_figwidth() * shrunk
    seen = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return min(text.get_fontsize() for text in seen) * pixels / 72


@pytest.mark.parametrize("name", NAMES)
def test_its_letters_can_be_read_beside_the_list_of_files(made, name, monkeypatch):
    """Nine points and more of 80 dots an inch, in every state that a control leads to."""
    drawn, png = [], live.png
    monkeypatch.setattr(live, "png", lambda figure: drawn.append(figure) or png(figure))
    for control in controls(made[name]):
        for value in (another(control), control.value):
            control.value = value
    monkeypatch.undo()
    assert drawn and min(map(read_height, drawn)) >= 9.5


def test_letters_that_shrink_are_noticed():
    for width, size in ((21, 12), (8, 8)):
        figure, (ax,) = live.make_figure(1, width, 3)
        ax.set_title("small", fontsize=size)
        ax.set(xticks=[], yticks=[])
        assert read_height(figure) < 9.5


def test_sliders_begin_at_the_picture_that_the_text_describes():
    x, y = np.array([0, 1, 2, 4]), np.array([0, 1, 0, 1])
    fit = explore_fit(x, y, w=0.5, b=-2.0)
    assert fit.alt.endswith(draw_fit(x, y, 0.5, -2.0)[1]) and "w = 0.50" in fit.alt


def test_a_mistake_becomes_the_sentence(made):
    word = made["neighbours"].children[0]
    before = shown(made["neighbours"])[0]
    word.value = "<b>zzyzx</b>"
    assert (
        "has no vector" in made["neighbours"].children[-1].value
        and "<b>" not in made["neighbours"].children[-1].value
    )
    assert shown(made["neighbours"])[0] == before
    word.value = "king"
    plot = made["judges"].children[0]
    plot.value = "  "
    assert "nothing to judge" in made["judges"].children[-1].value


def test_nobody_carries_all_genres():
    labels = label_matrix(load_movies("openplots"))
    with pytest.raises(CourseError, match="No film here"):
        draw_company(labels, tuple(labels.columns))


def test_an_uploaded_poster_is_looked_at(made):
    box = made["judges"]
    upload = next(child for child in box.children if isinstance(child, ipywidgets.FileUpload))
    picture = io.BytesIO()
    Image.new("RGB", (120, 180), "navy").save(picture, format="JPEG")
    upload.value = (
        {
            "name": "../../<b>evil.sh",
            "type": "image/jpeg",
            "size": picture.tell(),
            "content": picture.getvalue(),
            "last_modified": pd.Timestamp(0),
        },
    )
    said = box.children[-1].value
    assert "Its eyes" in said and "plot and poster says" in said
    assert "Poster: ../../&lt;b&gt;evil.sh." in said, "its name stays, as text"
    preview = box.children[3]
    assert "the chosen poster" in preview.value
    upload.value = (
        {
            "name": "page.jpg",
            "type": "image/jpeg",
            "size": 4,
            "content": b"<htm",
            "last_modified": pd.Timestamp(0),
        },
    )
    assert "not a whole picture" in box.children[-1].value
    assert preview.value == "", "the poster before it is no longer shown"


def test_models_that_look_say_what_their_eyes_are(made):
    poster = made["judges"].children[1]
    poster.value = poster.options[1][1]
    said = made["judges"].children[-1].value
    assert "pretend weights" in said and "stand-in posters" in said
    assert "Trained on 120 films." in said


def test_a_model_that_is_warned_of_does_not_speak():
    judges = some_judges(trained=False)
    film = judges.movies.iloc[0]
    assert list(judges(film["overview"], film["poster"])) == list(ch10.PLOT_MODELS)
    said = judges.remarks(film["overview"], film["poster"])
    assert SEEDED in said and "isn't judged" in said and "Its eyes" not in said
    assert list(judges("", film["poster"])) == ["nobody"]
    assert list(judges("hi")) == ["nobody"] and judges("hi").nunique().item() == 1
    assert "Nothing is known about this plot" in judges.remarks("hi")


def test_what_is_unlikely_is_not_painted_as_an_answer():
    answers = pd.DataFrame({"one": [0.9, 0.3, 0.24, 0.1], "other": 0.2}, index=list("ABCD"))
    figure, sentence = ch10.draw_judges(answers)
    painted = [
        [bar.get_facecolor()[:3] == to_rgb(live.ORANGE) for bar in ax.patches] for ax in figure.axes
    ]
    assert painted == [[False, False, True, True], [False] * 4]
    assert sentence == "other says: no genre reaches 0.25."
    assert ch10.draw_judges(answers[["one"]])[1] == "one says: A 0.90, B 0.30."
