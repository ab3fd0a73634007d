"""The hook of the site: fills what is generated into the pages, and brings in documents of the repository's root.

A marker such as `<!-- reference: config -->` is replaced by what the code says, `<!-- file: examples/recipe.yaml -->`
by that file. A link of README's to one of its own headings leads to the page that has a heading of the same name. What
cannot be told stops the build.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from reference_cli import commands_reference
from reference_config import MeaningMissing, config_reference
from reference_errors import errors_reference, exit_codes
from reference_lists import columns_reference, providers_reference, scripts_reference, tiers_reference
from reference_python import python_reference
from reference_rest import allow_reference, rest_reference, statuses_reference
from reference_tables import Meaning, figures_of, meanings_of

ROOT = Path(__file__).parent.parent.parent
BROUGHT_IN = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Documents beside README.md that are pages of the site, too."""
_LANGUAGES = {".py": "py", ".toml": "toml", ".yaml": "yaml"}
_MARKER = re.compile(r"<!-- (reference|file): ([\w ./-]+) -->")
_LINK = re.compile(r"\]\(([^)\s#]*)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^#+ (.+?)(?: \{.*\})?$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents of the root."""
    for name, page in BROUGHT_IN.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in the markers of a page, and lead its links to documents of the root to their pages."""
    folder = posixpath.join(posixpath.basename(config.docs_dir), posixpath.dirname(page.file.src_uri))

    def filled(found: re.Match[str]) -> str:
        return _shown(found[2], page) if found[1] == "file" else _generated(found[2], page, config)

    def led(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[1]))
        if target not in BROUGHT_IN:
            return found[0]
        return (
            f"]({posixpath.relpath(BROUGHT_IN[target], posixpath.dirname(page.file.src_uri) or '.')}{found[2] or ''})"
        )

    return _LINK.sub(led, _MARKER.sub(filled, markdown))


def _generated(what: str, page: Page, config: MkDocsConfig) -> str:
    makers: dict[str, Callable[[], str]] = {
        "config": lambda: config_reference(_meanings(Path(config.docs_dir))),
        "cli": commands_reference,
        "exit codes": exit_codes,
        "errors": errors_reference,
        "python": python_reference,
        "tiers": tiers_reference,
        "providers": providers_reference,
        "scripts": lambda: scripts_reference(ROOT / "builder_scripts"),
        "rest": lambda: rest_reference(figures_of(Path(config.docs_dir, "server.md").read_text("utf-8"))),
        "statuses": statuses_reference,
        "allow": allow_reference,
    }
    kind, _, name = what.partition(" ")
    if kind == "columns":
        return columns_reference(name)
    if what not in makers:
        raise PluginError(f"{page.file.src_uri}: nothing makes {what!r}. Known: {', '.join(makers)}, columns SCHEMA.")
    try:
        return makers[what]()
    except MeaningMissing as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


def _shown(name: str, page: Page) -> str:
    path = ROOT / name
    if not path.is_file():
        raise PluginError(f"{page.file.src_uri}: there is no file {name!r} to show.")
    return f'```{_LANGUAGES[path.suffix]} title="{name}"\n{path.read_text("utf-8").rstrip()}\n```'


def _meanings(docs: Path) -> dict[str, Meaning]:
    """What README.md says of the fields, and what the pages say of those it does not name."""
    pages = {path.name: path.read_text("utf-8") for path in sorted(docs.glob("*.md"))}
    found: dict[str, Meaning] = {}
    for text in pages.values():
        found = meanings_of(text) | found
    homes = {slug: name for name, text in pages.items() for slug in _slugs(text)}
    readme = meanings_of((ROOT / "README.md").read_text("utf-8"))
    return found | {name: Meaning(told.default, _relinked(told.text, homes)) for name, told in readme.items()}


def _slugs(text: str) -> set[str]:
    return {slugify(found[1], "-") for found in _HEADING.finditer(_FENCED.sub("", text))}


def _relinked(text: str, homes: dict[str, str]) -> str:
    """A sentence of README's whose links to its own headings lead to the pages instead."""

    def led(found: re.Match[str]) -> str:
        slug = (found[2] or "").removeprefix("#")
        if found[1] or not slug:
            return found[0]
        if slug not in homes:
            raise PluginError(f"README.md links to #{slug}: no page has a heading of that name.")
        return f"]({homes[slug]}#{slug})"

    return _LINK.sub(led, text)
