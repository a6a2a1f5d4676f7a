"""Right answers of every service, damaged at random: no traceback, no undamaged row lost.

FUZZ in the environment sets how many answers of each service are damaged; a few by default.
"""

import copy
import gzip
import json
import os
import random
from contextlib import contextmanager

import faulty
import pandas as pd
import pytest
from faulty import GENRES, KEY, films
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_faults import corpus, encoded

from genre_tutorial.core.http import polite_session
from genre_tutorial.core.settings import CourseError
from genre_tutorial.sources import fetch as fetch_module
from genre_tutorial.sources.fetch import fetch_movies
from genre_tutorial.sources.practice import PracticeServices, practice_server

EXAMPLES = int(os.environ.get("FUZZ", "20"))
FUZZED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)

ODD_TEXTS = st.sampled_from(["", " ", "\ud83d", "\x00", "9" * 40, "../../x", "Q1", "{}", "a\nb"])
ODD_NUMBERS = st.sampled_from([-1, 0, 10**30, 1e400, float("nan"), 0.5, 2**53])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    ODD_NUMBERS,
    ODD_TEXTS,
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def places(answer, path=()):
    """The path of every part of an answer."""
    yield path
    if isinstance(answer, dict):
        for key, part in answer.items():
            yield from places(part, (*path, key))
    elif isinstance(answer, list):
        for key, part in enumerate(answer):
            yield from places(part, (*path, key))


def damage(answer, path, value, remove):
    """The answer with one part removed or replaced."""
    if not path:
        return value
    answer = copy.deepcopy(answer)
    inside = answer
    for key in path[:-1]:
        inside = inside[key]
    if remove:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return answer


class Damage:
    """What the server does to an answer of one service; set anew for every example.

    Everything is drawn before the server is asked: hypothesis can't follow draws in its threads.
    """

    def __init__(self, service):
        self.service, self.drawn, self.path, self.struck = service, None, (), 0

    def __call__(self, path, n):
        return self.strike if self.drawn and path.startswith(f"/{self.service}/") else None

    def strike(self, handler):
        seed, value, remove, part = self.drawn
        answer = faulty.true_answer(handler)
        place = random.Random(seed).choice(list(places(answer)))
        body = json.dumps(damage(answer, place, value, remove)).encode()
        self.path = place if part == 1 else ()  # half an answer may cost all of it
        self.struck += 1
        handler.reply(200, body[: int(part * len(body))])


# a place, what stands there now, whether it goes, and which part of the answer arrives
DRAWN = st.tuples(
    st.integers(0, 2**32), ODD, st.booleans(), st.one_of(st.just(1.0), st.floats(0, 1))
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """One try, no pause; and a key, which must show nowhere."""
    real = polite_session
    short = {"pause": 0.0, "tries": 1, "timeout": 5.0}
    monkeypatch.setattr(fetch_module, "polite_session", lambda **given: real(**given | short))
    monkeypatch.setattr(PracticeServices, "images", lambda self, path, query: encoded())
    monkeypatch.setattr(PracticeServices, "uploads", lambda self, path, query: encoded())
    monkeypatch.setenv("TMDB_API_KEY", KEY)


ASKED = {
    "tmdb": ("tmdb", {"pages": 1}),
    "wikidata": ("wikipedia", {"years": (1980, 1980), "limit": 3}),
    "wikipedia": ("wikipedia", {"years": (1980, 1980), "limit": 1}),
    "commons": ("wikipedia", {"years": (1980, 1980), "limit": 1, "posters": True}),
}


@contextmanager
def server(fault):
    """A practice server with a few films."""
    few = films(3 if "tmdb" in fault.service else 60)
    with practice_server(few, GENRES, every=0, fault=fault) as told:
        yield told[0]


def rows(file):
    """Row by movie, of what was written."""
    lines = file.read_text(encoding="utf-8").split("\n")  # splitlines cuts at U+0085, too
    found = [json.loads(line) for line in lines if line]
    return {row.get("id", row.get("movie_id")): row for row in found}


def touched(path, clean):
    """Movies that a damaged part may cost: one row's, or all of them."""
    numbers = list(clean)
    is_row = len(path) >= 2 and path[0] == "results" and isinstance(path[1], int)
    is_binding = len(path) >= 3 and path[:2] == ("results", "bindings")
    if is_row:
        return {numbers[path[1]]}
    return {numbers[path[2]]} if is_binding else set(numbers)


@pytest.mark.parametrize("service", ASKED)
def test_a_damaged_answer_costs_no_more_than_it_holds(service, tmp_path, capfd):
    source, asked = ASKED[service]
    fault = Damage(service)
    folders = iter(range(10**6))

    with server(fault) as url:
        clean = rows(fetch_movies(source, tmp_path / "clean", server=url, rate=1e6, **asked))

        @FUZZED
        @given(DRAWN)
        def damaged(drawn):
            fault.drawn = drawn
            folder = tmp_path / str(next(folders))
            try:
                got = rows(fetch_movies(source, folder, server=url, rate=1e6, **asked))
            except CourseError:
                got = {}
                assert touched(fault.path, clean) == set(clean) or len(clean) == 1
            lost = {number for number, row in clean.items() if got.get(number) != row}
            assert lost <= touched(fault.path, clean), fault.path
            fault.drawn = None
            fetch_again(source, folder, url, asked)

        damaged()
    assert fault.struck >= EXAMPLES, "every example met its damage"
    assert KEY not in "".join(capfd.readouterr())
    assert not any(KEY.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def fetch_again(source, folder, url, asked):
    """What was saved never ends the next start."""
    try:
        fetch_movies(source, folder, server=url, rate=1e6, **asked)
    except CourseError as error:
        assert "gave no" in str(error), error


BASICS = "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n" + "".join(
    f"tt{i}\tmovie\tFilm {i}\t1999\tDrama\n" for i in range(1, 6)
)
FACTS = [f'{i}\t/m/{i}\tFilm {i}\t1999\t\t\t{{}}\t{{}}\t{{"/m/1": "Drama"}}' for i in range(1, 6)]
PLOTS = [f"{i}\tPlot {i}." for i in range(1, 6)]


@pytest.mark.parametrize("source", ["imdb", "cmu"])
def test_a_damaged_file_costs_a_row_or_is_one_sentence(source, tmp_path):
    folders = iter(range(10**6))
    whole = gzip.compress(BASICS.encode()) if source == "imdb" else corpus(FACTS, PLOTS)
    unpacked = gzip.decompress(whole)
    body = {"now": whole}

    def fault(path, n):
        return faulty.raw(body["now"])

    with practice_server(films(3), GENRES, every=0, fault=fault) as (url, _):
        clean = rows(fetch_movies(source, tmp_path / "clean", server=url, rate=1e6))

        @FUZZED
        @given(st.data())
        def damaged(data):
            is_packed = data.draw(st.booleans())
            content = bytearray(whole if is_packed else unpacked)
            at = data.draw(st.integers(0, len(content) - 1))
            content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
            body["now"] = bytes(content) if is_packed else gzip.compress(bytes(content), 1)
            folder = tmp_path / str(next(folders))
            try:
                file = fetch_movies(source, folder, server=url, rate=1e6)
            except CourseError:
                return
            got = rows(file)
            assert got == clean or not is_packed, "a checksum notices every damage"
            pd.read_csv(file.with_name("skipped.csv"))

        damaged()
