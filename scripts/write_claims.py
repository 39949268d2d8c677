"""Write what the boards say of each paper's systems and claims into the plugins' READMEs, between their marks."""

from __future__ import annotations

from pathlib import Path

from aacbench.files.atomic import atomic_write
from aacbench.leaderboard.pages.method_claims import with_claims
from aacbench.leaderboard.pages.method_results import with_results
from aacbench.leaderboard.pages.views import assemble

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Bring every README up to date and name those that changed."""
    views = assemble(ROOT / "leaderboard").views
    for path in sorted((ROOT / "plugins").glob("*/README.md")):
        text = path.read_text(encoding="utf-8")
        written = with_results(with_claims(text, views, path.parent.name), views, path.parent.name)
        if written != text:
            atomic_write(path, written)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
