"""Figures without pyplot: one set of colours for images, one that a page replaces by its own."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from hf_synth.errors import MissingExtra

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager
    from matplotlib.layout_engine import ConstrainedLayoutEngine as _Layout
except ImportError:
    raise MissingExtra(
        "Plots need matplotlib, which is not installed.", hint="pip install 'hf-synth[report]' adds it."
    ) from None

_WIDTH, _DPI = 8.0, 200  # inches; 1,600 pixels, shown at 800


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours: of text, of what stands back, of lines behind, of one series and another."""

    text: str
    faint: str
    lines: str
    one: str
    other: str


# Blue and vermilion differ for every kind of colour blindness (Okabe and Ito 2008).
PRINT = Ink("#1f2328", "#59636e", "#d8dee4", "#0072b2", "#d55e00")
_STAND_INS = Ink("#010201", "#010202", "#010203", "#010204", "#010205")
_VARIABLES = {
    _STAND_INS.text: "var(--text)",
    _STAND_INS.faint: "var(--faint)",
    _STAND_INS.lines: "var(--lines)",
    _STAND_INS.one: "var(--one)",
    _STAND_INS.other: "var(--other)",
}
_SCRIPTS = (  # families that have what DejaVu Sans lacks
    "Noto Sans,Noto Sans CJK JP,Noto Sans CJK SC,Noto Sans JP,Noto Sans SC,Noto Sans KR,Noto Sans Devanagari,"
    "Noto Sans Thai,Hiragino Sans,PingFang SC,Yu Gothic,Microsoft YaHei,Malgun Gothic,WenQuanYi Zen Hei,"
    "IPAGothic,Nirmala UI,Arial Unicode MS"
).split(",")


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure to be drawn.

    Attributes:
        name: of its file.
        title: a few words.
        told: what is seen, in a sentence, for those who do not see it.
        height: inches.
        draw: draws on a figure with given colours.
    """

    name: str
    title: str
    told: str
    height: float
    draw: Callable[[Figure, Ink], None]


def png(plot: Plot, path: Path) -> None:
    """Write an image with a white ground, which reads on a dark page, too."""
    with _settings():
        figure = _drawn(plot, PRINT, titled=True)
        figure.savefig(path, format="png", dpi=_DPI, facecolor="white")


def svg(plot: Plot) -> str:
    """An element for a page that defines the colours; texts stay texts, in the font of the page."""
    with _settings(), StringIO() as written:
        figure = _drawn(plot, _STAND_INS, titled=False)
        nothing: Any = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(written, format="svg", transparent=True, metadata=nothing)
        drawing = written.getvalue()
    return _inline(drawing, plot)


def _inline(drawing: str, plot: Plot) -> str:
    box = re.search(r'viewBox="([^"]*)"', drawing)
    body = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    body = re.sub(r"<(metadata|style)\b.*?</\1>", "", body, flags=re.DOTALL)  # `* {…}` would hold for the whole page
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)
    for stand_in, variable in _VARIABLES.items():
        body = body.replace(stand_in, variable)
    body = re.sub(r'(id="|url\(#|href="#)', rf"\1{plot.name}-", body)  # ids of one page must differ
    label = escape(plot.told)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="{box[1] if box else ""}">'
        f"<title>{escape(plot.title)}</title>{body.strip()}</svg>"
    )


def _drawn(plot: Plot, ink: Ink, *, titled: bool) -> Figure:
    figure = Figure(figsize=(_WIDTH, plot.height + (0.35 if titled else 0)), layout=_Layout(w_pad=0.12, h_pad=0.1))
    if titled:
        figure.suptitle(plot.title, color=ink.text, fontsize=12, fontweight="bold")
    plot.draw(figure, ink)
    return figure


@contextmanager
def _settings() -> Generator[None]:
    """Names of topics are texts, no formulas; a script that no font here has is drawn as boxes, without a warning."""
    settings: Any = {
        "font.family": _families(),
        "font.size": 10.5,
        "text.parse_math": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "hf_synth",
        "axes.unicode_minus": False,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(Glyph|missing from).*")
        yield


@cache
def _families() -> list[str]:
    installed = set(fontManager.get_font_names())
    return ["DejaVu Sans", *(name for name in _SCRIPTS if name in installed)]


def plain(axes: Axes, ink: Ink, *, grid: str = "y") -> None:
    """Take away what a reader does not need."""
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom" if grid == "y" else side == "left")
        spine.set_color(ink.lines)
    axes.tick_params(length=0, colors=ink.faint, labelsize=10)
    if grid:
        axes.grid(axis="y" if grid == "y" else "x", color=ink.lines, linewidth=0.8)


def named(axes: Axes, ink: Ink, *, title: str = "", x: str = "", y: str = "") -> None:
    """A title and what the axes measure."""
    if title:
        axes.set_title(title, color=ink.text, fontsize=11, loc="left")
    axes.set_xlabel(x, color=ink.faint)
    axes.set_ylabel(y, color=ink.faint)
