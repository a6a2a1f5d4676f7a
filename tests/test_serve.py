"""The web API, on loopback: answers, limits, and requests that make no sense.

FUZZ_SERVE in the environment sets how many strange requests are sent, some by default, and
FUZZ_SEED which ones; with -s, pytest shows how many were answered how.
"""

import http.client
import json
import logging
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress

import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from strange_requests import PLAIN, PLOT, ask_raw, strange_request

from genre_tutorial.apps import serve as api
from genre_tutorial.apps.cli import main
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import label_matrix, load_movies
from genre_tutorial.errors import LONGEST
from genre_tutorial.models.classifier import GenreClassifier
from genre_tutorial.models.compiled import CompiledExpert, CompiledModel
from genre_tutorial.models.plots import PlotModel, sentence_expert, word_expert

uvicorn = pytest.importorskip("uvicorn", reason="the extra serve is not installed")
pytest.importorskip("fastapi", reason="the extra serve is not installed")

MANY = int(os.environ.get("FUZZ_SERVE", "300"))


def small_model():
    """A model of words, learned from 200 films."""
    movies = load_movies("openplots").sample(200, random_state=0)
    return PlotModel([("words", word_expert())]).fit(movies["overview"], label_matrix(movies))


@pytest.fixture(scope="module")
def model():
    return small_model()


@contextmanager
def running(model, seconds=api.SECONDS):
    """Port of a server in this process."""
    listening = api.take_port(0)
    server = uvicorn.Server(api.configure(api.make_app(model, "1+abc", seconds), seconds))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(timeout=30)
    listening.close()


@pytest.fixture(scope="module")
def port(model):
    """Of a server with the limits of the course."""
    with running(model) as number:
        yield number


@contextmanager
def faults():
    """A list of what the server logs as its own fault, while it is used."""
    handler, said = logging.Handler(logging.ERROR), []
    handler.emit = lambda record: said.append(f"{record.getMessage()} {record.exc_info}")
    logs = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for log in logs:
        log.addHandler(handler)
    yield said
    for log in logs:
        log.removeHandler(handler)


def send(port, body=b"", method="POST", path="/predict", **headers):
    """(status, answer) of one request; the answer is read as JSON if it is."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    line.request(method, path, body, headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    kind = answer.getheader("Content-Type", "")
    return answer.status, json.loads(text) if kind.startswith("application/json") else text


def best(model):
    """The answer to `PLAIN`."""
    return model.scores([PLOT]).iloc[0].nlargest(2).round(3).to_dict()


def test_a_plot_gets_the_genres_of_the_model_and_its_version(port, model):
    status, answer = send(port, json.dumps({"plot": PLOT, "k": 2}))
    expected = best(model)
    assert status == 200 and answer == {"genres": expected, "note": "", "model": "1+abc"}
    assert list(answer["genres"]) == list(expected), "the likeliest first"
    assert len(send(port, json.dumps({"plot": PLOT}))[1]["genres"]) == 3


def test_no_answer_waits_for_a_receipt():
    """Without this option the second half of each answer came 40 ms later."""
    with api.take_port(0) as listening:
        client = socket.create_connection(listening.getsockname())
        visitor, _ = listening.accept()
        for one in (listening, visitor):
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        client.close()
        visitor.close()


def test_what_is_not_known_is_told(port):
    for plot in ("hi", "Der Zug fährt ab.", "\x00", "🎬" * 50, " "):
        status, answer = send(port, json.dumps({"plot": plot}))
        assert status == 200 and answer["genres"] == {} and "known" in answer["note"]


def test_the_longest_plot_that_is_allowed_is_read(port):
    plot = ("a ghost haunts the house " * LONGEST)[:LONGEST]
    assert send(port, json.dumps({"plot": plot}))[0] == 200
    for letter in "é🎬":  # json.dumps writes 6 and 12 bytes for them
        assert send(port, json.dumps({"plot": letter * LONGEST}))[0] == 200
    status, answer = send(port, json.dumps({"plot": plot + "s"}))
    assert status == 422 and "plot has more than 20,000 letters; shorten it" in answer["detail"]


@pytest.mark.parametrize(
    "body, status, reason",
    [
        (b"", 422, "The body is empty; send an object such as {"),
        (b"{", 422, "The body is no JSON (Expecting property name enclosed in double quotes at"),
        (b"[]", 422, "The body is no object; send an object such as {"),
        (b'{"plot": 3}', 422, "plot must be a text in quotes."),
        (b'{"plot": null}', 422, "plot must be a text in quotes."),
        (b'{"plot": ["a ghost"]}', 422, "plot must be a text in quotes."),
        (b'{"plot": ""}', 422, "plot is empty; write a few sentences."),
        (b'{"plot": "a ghost", "k": "3"}', 422, "k must be a whole number."),
        (b'{"plot": "a ghost", "k": 2.5}', 422, "k must be a whole number."),
        (b'{"plot": "a ghost", "k": true}', 422, "k must be a whole number."),
        (b'{"plot": "a ghost", "k": 0}', 422, "k must be 1 or more."),
        (b'{"plot": "a ghost", "k": 99}', 422, "k must be 19 or less."),
        (b'{"plot": "a ghost", "k": NaN}', 422, "k must be a whole number."),
        (b'{"plott": "a ghost"}', 422, "plott is no field of a question; plot and k are."),
        (b'{"plot": "\\ud800 a ghost"}', 422, "no Unicode"),
        (b'{"\\ud800": 1}', 422, "no Unicode"),
        (
            b'{"plot": "\xff"}',
            400,
            "The body can't be read as JSON in UTF-8; send an object such as {",
        ),
        (b"[" * 100_000, 400, "The body can't be read as JSON in UTF-8; send an object such as {"),
        (
            b'{"plot": "a", "k": ' + b"1" * 5000 + b"}",
            400,
            "The body can't be read as JSON in UTF-8; send an object such as {",
        ),
        (b'{"plot": "' + b"a ghost " * 125_000 + b'"}', 413, "more than 250,000 bytes"),
    ],
    ids=range(20),
)
def test_a_request_that_makes_no_sense_is_told_why(port, body, status, reason):
    said, answer = send(port, body)
    assert said == status and reason in answer["detail"] and len(answer["detail"]) <= 500
    assert answer["detail"].endswith(".")


def test_each_fault_of_a_request_is_told_in_one_answer(port):
    status, answer = send(port, b'{"k": 0, "' + b"x" * 1000 + b'": "{plot}"}')
    told = answer["detail"].split("; ")
    assert status == 422 and told[:2] == ["plot is missing", "k must be 1 or more"]
    assert told[2:] == [f"{'x' * 40} is no field of a question", "plot and k are."]


def test_another_kind_of_request_is_refused(port):
    status, answer = send(port, method="GET")
    said = "isn't answered here; the page at / says what is."
    assert (status, answer["detail"]) == (405, f"GET '/predict' {said}")
    status, answer = send(port, path="/nothing")
    assert (status, answer["detail"]) == (404, f"POST '/nothing' {said}")
    body = json.dumps({"plot": PLOT})
    status, answer = send(port, body, Content_Type="text/plain")
    assert status == 422 and "add the header Content-Type: application/json" in answer["detail"]
    for host in ("films.example", "127.0.0.1@films.example", "localhost:x", "", "[::1]"):
        status, answer = send(port, body, Host=host)
        assert status == 400 and answer["detail"].startswith("Only 127.0.0.1 and localhost")
    for host in (f"localhost:{port}", "LOCALHOST", "127.0.0.1"):
        assert send(port, body, Host=host)[0] == 200


def test_a_body_without_a_length_is_counted_too(port):
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    line.sendall((head + "Content-Type: application/json\r\n\r\n").encode())
    part = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
    for _ in range(8):
        line.sendall(part)
    line.sendall(b"0\r\n\r\n")
    assert b" 413 " in line.recv(4096).split(b"\r\n")[0]
    line.close()


def test_whoever_never_finishes_is_not_waited_for(model, monkeypatch):
    limited = api.LimitBody(None, seconds=0.05)
    sent = []

    async def receive():
        await api.asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    api.asyncio.run(limited(scope, receive, send))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize("head", [b"", b"POST /pre", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "])
def test_a_line_on_which_nothing_comes_is_closed(model, head):
    """Two hundred of them would keep everybody out."""
    with running(model, seconds=0.5) as port:
        lines = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(3)]
        for line in lines:
            line.sendall(head)
        for _ in range(20):  # a letter now and then doesn't help
            time.sleep(0.05)
            with suppress(ConnectionError):
                lines[0].sendall(b"a" if head else b"")
        for line in lines:
            with suppress(ConnectionResetError):
                assert line.recv(100) == b""
            line.close()


def test_a_line_that_is_used_stays_open(port):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(3):
        line.request("GET", "/health")
        assert line.getresponse().read() and line.sock
    line.close()


def test_the_page_explains_itself_without_anything_from_elsewhere(port):
    status, page = send(port, method="GET", path="/")
    assert status == 200 and f"http://127.0.0.1:{port}/predict" in page and "1+abc" in page
    assert not re.search(r"<script|<link|src=|https://", page)
    assert send(port, method="GET", path="/health") == (200, {"status": "ok", "model": "1+abc"})
    paths = send(port, method="GET", path="/openapi.json")[1]["paths"]
    assert set(paths) == {"/predict", "/health"}


def fault_of(request, answer):
    """What is wrong with the answer to a strange request, or None."""
    if answer is None:
        return None  # the line was closed: the request was never complete
    status, kind, text = answer
    if status not in (200, 307, 400, 404, 405, 408, 413, 422):
        return f"status {status}"
    if status < 400 or text in (b"", b"Invalid HTTP request received."):
        return None
    detail = json.loads(text)["detail"]
    whole = detail.endswith(".") and 10 < len(detail) <= 500 and detail.isprintable()
    return None if whole else f"said {detail!r}"


def test_no_strange_request_is_the_servers_fault(model):
    rng, seen = random.Random(int(os.environ.get("FUZZ_SEED", "0"))), Counter()
    with running(model, seconds=0.15) as port, faults() as said:
        for number in range(MANY):
            request = strange_request(rng)
            answer = ask_raw(port, request)
            fault = fault_of(request, answer)
            shown = f"request {number}, {request[:300]!r}"
            assert not fault and not said, f"{shown}: {fault} {said}"
            seen[answer[0] if answer else "closed"] += 1
            if number % 50 == 0:  # it is still there, and right
                tries = (ask_raw(port, PLAIN) for _ in range(9))  # a busy computer may be late
                assert json.loads(next(filter(None, tries))[2])["genres"] == best(model)
    print("\n", MANY, "strange requests:", dict(seen.most_common()))
    assert set(seen) >= {200, 400, 404, 405, 422}


def test_one_matrix_gives_the_answers_of_nineteen_models():
    movies = load_movies("openplots").sample(200, random_state=0)
    experts = [("all", word_expert()), ("common", word_expert().set_params(min_examples=20))]
    model = PlotModel(experts).fit(movies["overview"], label_matrix(movies))
    compiled = CompiledModel(model)
    assert not model.experts_[1][1].usable_.all(), "some genre is too rare to be learned"
    expected = model.scores(movies["overview"])
    pd.testing.assert_frame_equal(compiled.scores(movies["overview"]), expected, rtol=1e-12)
    assert compiled.knows(PLOT) and not compiled.knows("hi") and compiled.films_ == model.films_


def test_a_program_that_goes_on_reads_with_the_quicker_network():
    pytest.importorskip("onnxruntime", reason="the extra pretrained is not installed")
    movies = load_movies("openplots").head(60)  # their vectors come with the course
    expert = sentence_expert().fit(movies["overview"], label_matrix(movies))
    compiled = CompiledExpert(expert)
    assert expert.vectorizer_.quick_start and not compiled.vectorizer.quick_start
    new = ["A robot learns to bake bread.", PLOT]
    assert abs(compiled.predict_proba(new) - expert.predict_proba(new)).max() < 1e-3


def test_models_of_another_kind_are_not_put_together():
    movies = load_movies("openplots").head(60)
    other = GenreClassifier(CountVectorizer(), MultinomialNB())
    other.fit(movies["overview"], label_matrix(movies))
    with pytest.raises(CourseError, match="Only calibrated logistic regressions"):
        CompiledExpert(other)


OTHER_PORT = "try another with --port."


def test_a_port_in_use_is_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        assert main(["serve", "--port", str(number)]) == 2
    said = capsys.readouterr().err
    assert said.endswith(f"Port {number} can't be used (Address already in use); {OTHER_PORT}\n")
    for number in (-1, 70_000):
        with pytest.raises(CourseError, match=f"Port {number} .+ from 0 to 65535.; {OTHER_PORT}"):
            api.take_port(number)


def test_a_missing_package_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert main(["serve"]) == 2
    assert 'pip install "genre-tutorial[serve]"' in capsys.readouterr().err


def test_the_version_changes_with_the_films(tmp_path, monkeypatch):
    first = api.model_version()
    assert first == api.model_version() and re.fullmatch(r"[\w.]+\+[0-9a-f]{16}", first)
    table = tmp_path / "films.csv"
    table.write_text("title,overview,genres\nMilk,A van.,Drama\n", encoding="utf-8")
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(table))
    assert api.model_version() != first


CODE = """
import sys
sys.path.insert(0, {tests!r})
from genre_tutorial.apps import cli, serve
from test_serve import small_model
serve.plot_model = small_model
sys.exit(cli.main())
"""


def test_the_command_answers_until_it_is_interrupted(tmp_path):
    code = CODE.format(tests=os.path.dirname(__file__))
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--home", str(tmp_path)]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        end, found = time.monotonic() + 120, None
        while not found and time.monotonic() < end and server.poll() is None:
            time.sleep(0.2)
            found = re.search(r"127\.0\.0\.1:(\d+)/", (tmp_path / "log").read_text())
        assert found, (tmp_path / "log").read_text()
        assert send(int(found[1]), json.dumps({"plot": PLOT}))[0] == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 130
    finally:
        if server.poll() is None:
            server.kill()
    assert "Traceback" not in (tmp_path / "log").read_text()
