"""The demo page answers its owner only, and refuses what is too large before it looks at it."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest
import requests
from PIL import Image
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from genre_tutorial.apps import cli
from genre_tutorial.course.figures import ch10
from genre_tutorial.data import pictures
from genre_tutorial.errors import LONGEST

SERVE = "from genre_tutorial.apps.demo import serve_page; serve_page()"


def address_in(log):
    """The page's address, once the server has written it."""
    for _ in range(2400):
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=[\w-]+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """(address with token, server) of a page of one cell; a picture lies beside it."""
    folder = tmp_path_factory.mktemp("page")
    cell = nbformat.v4.new_code_cell("print('the page ' + 'is here')")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / "page.ipynb")
    Image.new("1", (8, 8)).save(folder / "secret.png")
    command = [sys.executable, "-c", SERVE, "page.ipynb", "--no-browser", "--port=18866"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield address_in(folder / "log"), server
    finally:
        server.terminate()
        server.wait(timeout=60)


PLACES = ["", "login", "voila/static/voila.js", "voila/templates/lab/static/main.js", "nowhere"]
PLACES += ["api/kernels/1b2e3f4a-0000-0000-0000-000000000000", "voila/files/secret.png"]
PLACES += ["api/kernels/1b2e3f4a-0000-0000-0000-000000000000/channels", "voila/api/themes/x"]


@pytest.mark.parametrize("place", PLACES)
def test_without_its_token_or_under_another_name_there_is_only_403(page, place):
    address, _ = page
    root, token = address.split("?token=")
    for asked, headers in (
        ({}, {}),
        ({"token": "wrong"}, {}),
        ({"token": ""}, {}),
        ({}, {"Authorization": "token wrong"}),
        ({"token": token}, {"Host": "evil.example"}),
        ({"token": token}, {"Host": "127.0.0.1.evil.example:80"}),
        ({"token": token}, {"Origin": "http://evil.example"}),
        ({"token": token}, {"Origin": "null"}),
    ):
        answer = requests.get(root + place, params=asked, headers=headers, timeout=60)
        assert answer.status_code == 403 and "is here" not in answer.text, (asked, headers)
        assert token not in answer.text and "Set-Cookie" not in answer.headers
    assert requests.post(root + place, timeout=60).status_code == 403


def test_the_token_opens_the_page_and_its_cookie_the_rest(page):
    address, server = page
    root = address.split("?")[0]
    with requests.Session() as visitor:
        answer = visitor.get(address, timeout=300)
        assert answer.status_code == 200 and "the page is here" in answer.text
        kernel = json.loads(re.search(r'"kernelId":\s*("[^"]+")', answer.text)[1])
        assert visitor.get(root + "voila/static/voila.js", timeout=60).status_code == 200
        foreign = visitor.get(root, headers={"Host": "evil.example"}, timeout=60)
        assert foreign.status_code == 403, "the cookie under another name"
        for file in ("secret.png", "voila/files/secret.png", "page.ipynb"):
            assert visitor.get(root + file, timeout=60).status_code == 403, "no file of the folder"
        cookie = "; ".join(f"{one.name}={one.value}" for one in visitor.cookies)
    channels = f"{root.replace('http', 'ws')}api/kernels/{kernel}/channels"
    assert connects(channels, Cookie=cookie)
    assert not connects(channels)
    assert not connects(channels, Cookie=cookie, Origin="http://evil.example")
    assert not connects(channels, Cookie=cookie, Host="evil.example")


def connects(url, **headers):
    """Whether a line to the kernel can be opened."""

    async def attempt():
        try:
            line = await websocket_connect(HTTPRequest(url, headers=headers, request_timeout=60))
        except HTTPClientError as refused:
            assert refused.code == 403
            return False
        line.close()
        return True

    return asyncio.run(attempt())


def test_it_listens_on_this_computer_only(page):
    _, server = page
    listening = [
        line.laddr.ip
        for line in psutil.Process(server.pid).net_connections()
        if line.status == "LISTEN"
    ]
    assert set(listening) == {"127.0.0.1"}


def test_its_token_stands_on_no_command_line(page):
    address, server = page
    token = address.split("=")[1]
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    assert not any(token in part for process in family for part in process.cmdline())


def test_the_command_serves_the_demo_page_in_this_way(monkeypatch):
    asked = []

    def run_command(command, more, without):
        asked.append(command)
        assert more == {"TQDM_DISABLE": "1"}, "bars of progress would stay on the page"
        return 0

    monkeypatch.setattr(cli, "run_command", run_command)
    assert cli.main(["demo", "--", "--port=8900"]) == 0
    ((_, _, serve, notebook, *rest),) = asked
    assert serve == SERVE and notebook.endswith(os.path.join("appendix", "demo.ipynb"))
    assert rest == ["--port=8900"]


# --- Uploads


class Judge:
    """Stands for the trained models, and remembers what it was asked."""

    posters, weights = "drawn stand-in", "no"

    def __init__(self):
        self.movies = pd.DataFrame({"title": ["A"], "poster": [None]}, index=[1])
        self.asked = []

    def __call__(self, plot, file):
        self.asked.append(file)
        return pd.DataFrame({"one": {"Drama": 0.7, "Horror": 0.3}})

    def remarks(self, plot, file):
        return ""


@pytest.fixture
def form():
    """(upload a picture and return the sentence, the preview, the judge, the plot's field)."""
    judge = Judge()
    box = ch10.try_any(judge)
    upload = next(child for child in box.children if hasattr(child, "accept"))

    def send(name, content):
        about = {"type": "image/png", "last_modified": pd.Timestamp(0)}
        upload.value = ({"name": name, "size": len(content), "content": content, **about},)
        return box.children[-1].value

    return send, box.children[3], judge, box.children[0]


def encoded(width, height):
    """A picture as bytes."""
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


NAME = "<b>my & poster</b>.png"
SHOWN = "&lt;b&gt;my &amp; poster&lt;/b&gt;.png"


def test_an_upload_of_too_many_bytes_is_refused_before_it_is_opened(form, monkeypatch):
    send, preview, judge, _ = form
    assert "Drama" in send(NAME, encoded(8, 8)) and preview.value and judge.asked[-1]
    monkeypatch.setattr(pictures.Image, "open", None)
    said = send(NAME, memoryview(bytes(ch10.MOST_UPLOAD + 1)))
    assert f"{SHOWN} is too large (10,000,001 bytes; the course reads up to 10 million)" in said
    assert preview.value == "" and len(judge.asked) == 2


def test_an_upload_of_too_many_pixels_is_refused_before_it_is_decoded(form, monkeypatch):
    send, preview, judge, _ = form
    send(NAME, encoded(8, 8))
    monkeypatch.setattr(pictures, "_as_seen", None)
    content = encoded(12_000, 12_000)
    assert len(content) < 1_000_000
    assert f"{SHOWN} is too large (144,000,000 pixels" in send(NAME, content)
    assert preview.value == "" and len(judge.asked) == 2


@pytest.mark.parametrize(
    "name, shown",
    [
        (NAME, SHOWN),
        ("../../etc/passwd", "../../etc/passwd"),
        ("a\nb\x1b[31m\u202e.png", "ab[31m.png"),
        ("x" * 5000, "x" * 80),
        ("", "the upload"),
        ("\n", "the upload"),
    ],
)
def test_a_message_keeps_the_name_of_the_upload(form, name, shown):
    send, _, judge, _ = form
    said = send(name, b"<html>")
    assert said == f"<p role='status'>{shown} is not a whole picture; save or fetch it again.</p>"
    assert judge.asked == [None]


def test_an_upload_lies_under_a_name_of_our_own(form):
    send, _, judge, _ = form
    send("../../evil.png", encoded(8, 8))
    assert judge.asked[-1].name == "uploaded" and "evil" not in str(judge.asked[-1])


def test_a_plot_without_end_is_refused():
    judge = Judge()
    box = ch10.try_any(judge)
    plot, said = box.children[0], box.children[-1]
    plot.value = "a" * LONGEST
    assert len(judge.asked) == 2 and "Drama" in said.value
    plot.value = "a" * (LONGEST + 1)
    assert len(judge.asked) == 2
    assert "The plot has 20,001 letters; at most 20,000 are read. Shorten it." in said.value


def test_the_page_tells_its_limits():
    page = Path(__file__).parent.parent / "nbs" / "appendix" / "demo.ipynb"
    [told, _] = nbformat.read(page, as_version=4).cells
    bytes_, pixels = ch10.MOST_UPLOAD // 10**6, pictures.LARGEST // 10**6
    assert f"plot may have up to {LONGEST:,} letters" in told.source
    assert f"a poster up to {bytes_} MB and {pixels} million pixels" in told.source


def test_small_pictures_are_judged_as_they_are(form):
    send, preview, judge, _ = form
    noise = np.random.default_rng(0).integers(0, 255, (30, 20, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    send("p.png", out.getvalue())
    assert np.array_equal(np.asarray(pictures.read_picture(judge.asked[-1])), noise)
    assert preview.value.startswith("<img")
