"""A person who looks at the page with a plain HTTP client, and a Chromium for those who have one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import Site

TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Person:
    """A browser without scripts: follows redirects, keeps cookies, sends forms with what is hidden in them."""

    def __init__(self, site: Site, key: str) -> None:
        self.key = key
        self.http = httpx.Client(base_url=site.url, headers={"Accept": "text/html"}, follow_redirects=True)

    def token(self, path: str = "/") -> str:
        """What the forms of a page carry."""
        found = TOKEN.search(self.http.get(path).text)
        assert found, "no form"
        return unescape(found[1])

    def send(self, path: str, seen_on: str = "/", **fields: str) -> httpx.Response:
        """Send a form that a page holds."""
        return self.http.post(path, data={"token": self.token(seen_on), **fields})

    def sign_in(self) -> Person:
        answer = self.send("/sign-in", key=self.key)
        assert answer.status_code == 200, answer.text
        assert "Sign out" in answer.text
        return self


@pytest.fixture
def person(served: Site) -> Iterator[Callable[..., Person]]:
    """Makes people: with a new key, or the one named."""
    made: list[Person] = []

    def make(key: str = "") -> Person:
        made.append(Person(served, key or served.key()))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture(scope="module")  # no wider: its loop runs in this thread, where other tests run loops of their own
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no chromium or google-chrome in PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=binary, args=as_root)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """A folder that is kept, for people to look into."""
    folder = Path(__file__).parents[2] / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder


class Tab:
    """A tab of a browser, and all that its console said and that it asked for.

    Args:
        browser: opens it.
        site: what it looks at.
        options: of the browser context.
    """

    def __init__(self, browser: Any, site: Site, **options: Any) -> None:
        self.context = browser.new_context(base_url=site.url, **options)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.site = site

    def __enter__(self) -> Tab:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def sign_in(self, key: str) -> None:
        """By the keyboard alone."""
        self.page.goto("/")
        while self.page.evaluate("document.activeElement.id") != "key":
            self.page.keyboard.press("Tab")
        self.page.keyboard.type(key)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("heading", name="Jobs").wait_for()

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of another host."""
        return [url for url in self.requests if not url.startswith((self.site.url, "data:"))]
