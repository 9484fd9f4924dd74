"""Documents point at what exists."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def _pages() -> tuple[Path, ...]:
    """Return the documents for readers: those at the top, and all below docs and examples."""
    below = [path for folder in ("docs", "examples") for path in (ROOT / folder).rglob("*.md")]
    return tuple(sorted([*ROOT.glob("*.md"), *below]))


def test_every_link_to_a_file_leads_somewhere() -> None:
    """Each link that is not an address of the web names a file of the repository."""
    broken = [
        f"{page.relative_to(ROOT)} links to {target}"
        for page in _pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert broken == []
