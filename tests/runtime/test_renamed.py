"""Names of the previous release: they stand for today's, and the command line says so in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aacbench.runtime.renamed import RenamedWarning, renamed_names


def test_an_old_name_stands_for_the_new_one() -> None:
    get = renamed_names("here", {"old": "math:sqrt"})
    with pytest.warns(RenamedWarning, match="here.old is math.sqrt now; rename it"):
        assert get("old")(9.0) == 3.0
    with pytest.raises(AttributeError, match="module 'here' has no attribute 'other'"):
        get("other")


@pytest.mark.parametrize(("options", "said"), [((), "aacbench: it is new now\n"), (("-W", "ignore"), "")])
def test_it_is_shown_as_one_line(options: tuple[str, ...], said: str) -> None:
    program = (
        "import warnings; from aacbench.runtime.renamed import show_renamed, warn_renamed; show_renamed()\n"
        "def used(): warn_renamed('it is new now')\n"
        "for _ in range(3): used()\n"
        "warnings.warn('another', DeprecationWarning, stacklevel=99)"
    )
    done = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, said)
