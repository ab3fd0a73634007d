"""Chromium over a folder of pages, which a local server hands out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Open = Callable[..., dict[str, Any]]
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def open_browser(site: Path, artefacts: Path) -> Iterator[Open]:
    """Opens pages by name and width, in a thread of its own: another test may hold Playwright in this one.

    Args:
        site: the folder of the pages.
        artefacts: where a picture of each page is kept, for people to look at.
    """
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium or google-chrome in PATH")
    from playwright.sync_api import sync_playwright

    artefacts.mkdir(exist_ok=True)
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(site))) as server,
        ThreadPoolExecutor(1) as thread,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        playwright = thread.submit(sync_playwright().start).result()
        options = {"executable_path": binary, "args": ["--no-sandbox"] if os.geteuid() == 0 else []}
        browser = thread.submit(partial(playwright.chromium.launch, **options)).result()
        home = f"http://127.0.0.1:{server.server_port}/"
        yield lambda *how: thread.submit(_opened, browser, home, artefacts, *how).result()
        thread.submit(browser.close).result()
        thread.submit(playwright.stop).result()
        server.shutdown()


def _opened(browser: Any, home: str, artefacts: Path, name: str, width: int, searched: str = "") -> dict[str, Any]:
    """What is seen and heard of a page: pixels too wide, what its console said, what it asked of elsewhere, and where
    the first result of a search leads.
    """
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home + name)
    page.wait_for_load_state("networkidle")
    told = {"overflow": page.evaluate(_OVERFLOW), "found": None}
    if searched:
        page.get_by_role("textbox", name="Search").click()
        page.locator(".md-search-result__meta", has_text="Type to start").wait_for()  # the index is there
        page.keyboard.type(searched)
        result = page.locator(".md-search-result__item a").first
        result.wait_for()
        told["found"] = result.get_attribute("href")
    else:
        picture = f"docs-{name.removesuffix('.html').replace('/', '-')}-{width}.png"
        page.screenshot(path=artefacts / picture, full_page=True)
    context.close()
    return {**told, "said": said, "elsewhere": [url for url in asked if not url.startswith((home, "data:", "blob:"))]}
