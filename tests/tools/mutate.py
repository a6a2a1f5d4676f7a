"""Change one thing in the engine, and see whether a test notices.

    python tests/tools/mutate.py              # all mutants, one after another: about ten minutes
    python tests/tools/mutate.py ids dates    # those whose file's name contains one of the words

Each mutant is made in a copy of the project, with the tests named beside it. The exit status is 1
if one was not noticed. `tests/test_mutants.py` holds that each old text still occurs exactly once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PARTS = ("genre_tutorial", "tests", "conftest.py", "pytest.ini")


class Mutant(NamedTuple):
    """One change: in which file, what, into what, and which tests should notice it."""

    file: str
    old: str
    new: str
    tests: str
    only: str = ""


MUTANTS = [
    Mutant(
        "core/http.py",
        "told is not None and told > LONGEST_WAIT",
        "told is not None and told > 10 * LONGEST_WAIT",
        "test_fetching.py",
        "absurd_wait or longest_wait",
    ),
    Mutant(
        "core/http.py",
        "there.netloc != here.netloc and there.netloc not in",
        "there.netloc == here.netloc and there.netloc not in",
        "test_fetching.py",
        "another_host",
    ),
    Mutant(
        "core/downloads.py",
        'headers.get("Content-Range", "").strip() != f"bytes */{start}"',
        'headers.get("Content-Range", "").strip() == f"bytes */{start}"',
        "test_fetching.py",
        "last_byte or begins_anew",
    ),
    Mutant(
        "core/settings.py",
        'os.environ.get(VARIABLE + "OFFLINE", "") not in ("", "0")',
        'os.environ.get(VARIABLE + "OFFLINE", "") not in ("",)',
        "test_fetching.py test_word2vec.py",
        "offline or downloaded",
    ),
    Mutant(
        "data/ids.py",
        "max([0, *numbers.values()]) + 1",
        "max([0, *numbers.values()]) + 0",
        "test_kinds.py test_data.py",
        "id or ids",
    ),
    Mutant(
        "data/dates.py",
        "day = sum(first > 12 for",
        "day = sum(first >= 12 for",
        "test_kinds.py",
        "day_or_month",
    ),
    Mutant(
        "data/dates.py",
        "2000 if 2000 + short <= this + 1",
        "2000 if 2000 + short <= this + 10",
        "test_kinds.py",
        "year or century",
    ),
    Mutant(
        "data/genres.py",
        "return names if len(names) == len(parts) else None",
        "return names if len(names) <= len(parts) else None",
        "test_kinds.py",
        "beside_an_unknown",
    ),
    Mutant(
        "data/partitions.py",
        "about[SOURCE].decode() != sha256(source)",
        "about[SOURCE].decode() == sha256(source)",
        "test_partitions.py",
        "other_content_of_the_same_size_and_time",
    ),
    Mutant(
        "sources/imdb.py",
        "first <= film[2] <= last",
        "first <= film[2] < last",
        "test_scraping.py",
        "imdb_is_streamed",
    ),
    Mutant(
        "sources/harvest.py",
        "if whole and len(self._rows()) < promised:",
        "if whole and len(self._rows()) > promised:",
        "test_faults.py",
        "fewer_movies",
    ),
    Mutant(
        "sources/wikimedia.py",
        "if len(page) < size:",
        "if len(page) <= size:",
        "test_scraping.py",
        "page_by_page or no_more_than_asked",
    ),
    Mutant(
        "models/classifier.py",
        "np.minimum(with_it, without_it) >= self.min_examples",
        "np.minimum(with_it, without_it) > self.min_examples",
        "test_models.py",
        "just_enough or all_or_none",
    ),
    Mutant(
        "models/classifier.py",
        "KFold(folds, shuffle=True",
        "KFold(folds + 1, shuffle=True",
        "test_models.py",
        "loop_over_the_folds",
    ),
    Mutant(
        "models/mean_vectors.py",
        "known = places[codes] >= 0",
        "known = places[codes] > 0",
        "test_word2vec.py",
        "first_word or plain_loop",
    ),
    Mutant(
        "models/vector_files.py",
        "if width < 2 or not _is_text(first, width):",
        "if width < 5 or not _is_text(first, width):",
        "test_vector_files.py",
        "short_vectors",
    ),
    Mutant(
        "evaluation.py",
        'np.argsort(-values, axis=1, kind="stable")',
        'np.argsort(values, axis=1, kind="stable")',
        "test_models.py",
        "report or by_hand or top",
    ),
    Mutant(
        "svm_naive_bayes.py",
        "int(np.argmax(results))",
        "int(np.argmin(results))",
        "test_models.py",
        "threshold",
    ),
    Mutant(
        "multimodal.py",
        "if hits > best:",
        "if hits >= best:",
        "test_models.py",
        "fusion",
    ),
    Mutant(
        "cooccurrence.py",
        "np.outer(totals, totals) / n_movies",
        "np.outer(totals, totals) / (n_movies + 1)",
        "test_models.py",
        "by_hand",
    ),
]


def places(mutant, root=ROOT):
    """How often a mutant's old text occurs in its file."""
    text = (root / "genre_tutorial" / mutant.file).read_text(encoding="utf-8")
    return text.count(mutant.old)


def copied(folder):
    """What the tests need of the project, in a folder of its own."""
    for name in PARTS:
        source, ignored = ROOT / name, shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    return folder


def run_tests(mutant, root):
    """The exit status of pytest (0 passed, 1 failed, 5 no such test) and the line that says why."""
    files = [f"tests/{name}" for name in mutant.tests.split()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider"]
    command += [*files, "-m", "not real and not slow", *(["-k", mutant.only] * bool(mutant.only))]
    found = subprocess.run(
        command,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    lines = found.stdout.strip().splitlines() or [found.stderr[-200:]]
    failed = [line for line in lines if line.startswith("FAILED")]
    return found.returncode, (failed or lines[-1:])[0][:120]


def noticed(mutant, root):
    """Whether the tests, which pass without the change, fail with it; and what they said last."""
    status, said = run_tests(mutant, root)
    if status:
        return False, f"the tests do not even pass without the change: {said}"
    path = root / "genre_tutorial" / mutant.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        status, said = run_tests(mutant, root)
    finally:
        path.write_text(whole, encoding="utf-8")
    return status == 1, said


def main(words):
    """Run the mutants wanted; returns how many were not noticed."""
    wanted = [m for m in MUTANTS if not words or any(word in m.file for word in words)]
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        for mutant in wanted:
            is_noticed, said = noticed(mutant, root)
            missed += not is_noticed
            print(f"{'noticed' if is_noticed else 'MISSED':8} {mutant.file}: {mutant.new}")
            print(f"         {said}", flush=True)
    print(f"{len(wanted) - missed} of {len(wanted)} noticed.")
    return missed


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
