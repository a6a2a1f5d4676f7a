"""Say which of the files named are over 5 MB, and end with status 1 if one is."""

import sys
from pathlib import Path

LIMIT = 5_000_000


def large(paths):
    """The files over the limit."""
    return [path for path in map(Path, paths) if path.is_file() and path.stat().st_size > LIMIT]


if __name__ == "__main__":
    found = large(sys.argv[1:])
    for path in found:
        print(f"{path} has {path.stat().st_size / 1e6:.1f} MB; keep data out of the repository.")
    sys.exit(bool(found))
