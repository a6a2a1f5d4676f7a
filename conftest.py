"""What every test stands on: offline, tiny, in a home of its own."""

import os
import shutil
import signal
import sys
import tempfile
import warnings
from pathlib import Path

import nbval.kernel
import pytest

ROOT = Path(__file__).parent
REAL = ROOT.parent / "shared" / "data"

for variable in [v for v in os.environ if v.startswith(("GENRE_TUTORIAL_", "TMDB_"))]:
    del os.environ[variable]
os.environ |= {
    "GENRE_TUTORIAL_OFFLINE": "1",
    "GENRE_TUTORIAL_SCALE": "tiny",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TQDM_DISABLE": "1",
    "CUDA_VISIBLE_DEVICES": "-1",
}
# A shell ignores Ctrl-C for what it starts with `&`, and whatever a test starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def second_try(start):
    """Starting a kernel, tried twice: its ports are found free and bound later, by another process,
    and whatever takes one in between leaves a kernel that dies or never answers.
    """

    def start_kernel(*args, **kwargs):
        try:
            return start(*args, **kwargs)
        except RuntimeError as error:
            warnings.warn(f"{error}: the kernel is started once more", stacklevel=2)
            return start(*args, **kwargs)

    return start_kernel


nbval.kernel.start_new_kernel = second_try(nbval.kernel.start_new_kernel)


def pytest_sessionstart(session):
    """A fresh folder for downloads, caches and progress. A hook, since a fixture comes too late for
    the kernel of a notebook that is the first test of a worker: it wrote into the user's own home.
    """
    session.home = tempfile.TemporaryDirectory(prefix="genre-tutorial-", ignore_cleanup_errors=True)
    os.environ["GENRE_TUTORIAL_HOME"] = session.home.name


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """Each file begins without progress, which its notebook shows: others may have left theirs."""
    if item.path != getattr(item.session, "at_file", None):
        item.session.at_file = item.path
        shutil.rmtree(Path(item.session.home.name, "progress"), ignore_errors=True)


def pytest_sessionfinish(session):
    session.home.cleanup()


@pytest.fixture(autouse=True)
def no_figure_of_another_test():
    """Close what a test drew: the next one's `plt.imshow` would draw into it, in its layout."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def pytest_make_parametrize_id(val):
    """A file's content is named by its length: packed files hold the time, and names must be the
    same in every worker.
    """
    return f"{len(val)} bytes" if isinstance(val, (bytes, bytearray)) else None


def pytest_collection_modifyitems(items):
    """`nbdev_clean` takes the execution counts away and nbval refuses outputs without one: number
    such cells.
    """
    for number, item in enumerate(items, start=1):
        cell = getattr(item, "cell", None)
        if cell is not None and cell.cell_type == "code" and cell.execution_count is None:
            cell.execution_count = number
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = number
        if "real" in item.keywords and not REAL.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"the real data is not at {REAL}"))


@pytest.fixture
def real_data():
    """Folder of the real data; tests that take it carry the mark `real`."""
    return REAL
