"""How far an answer agrees with the ideal one, by the row's own metric.

The same rules verify the items of eval_v1 while they are made, score a model on them (the task files of
`builder_scripts/`), and reward it in `GRPOTrainer`. `factual_accuracy` asks for a judge, so nothing here computes it.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, cast

from hf_synth.quality._text import has_unspaced

_LEAST_OVERLAP = 0.5  # F1 from which two phrases are taken to say the same
EXACT = ("exact_match", "multiple_choice", "numeric", "contains")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_SPACES = " \u00a0\u202f"
_NUMBER = re.compile(rf"[-+−]?(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?!\d)|\d+|(?=\.\d))(?:[.,]\d+)*(?:[eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_LETTER = re.compile(r"(?:^|[\s(*])([A-Ha-h])(?=$|[).:,\s*])")
_MARKS = str.maketrans("", "", string.punctuation + "“”‘’«»¿¡…")


def normalise(text: str) -> str:
    """As SQuAD does (Rajpurkar et al. 2016): lower case, no punctuation, no articles, single spaces."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_MARKS)
    return " ".join(_ARTICLES.sub(" ", text).split())


def number_in(text: str) -> float | None:
    """The last number of a text; `1,234.5` and `1.234,5` are read alike."""
    found = _NUMBER.findall(text)
    if not found:
        return None
    raw = re.sub(f"[{_SPACES}]", "", found[-1]).replace("−", "-")
    point = max(raw.rfind("."), raw.rfind(","))
    if point >= 0 and raw.count(raw[point]) == 1 and not _THOUSANDS.fullmatch(raw):
        raw = re.sub(r"[.,]", "", raw[:point]) + "." + raw[point + 1 :]
    else:
        raw = re.sub(r"[.,]", "", raw)
    try:
        return float(raw)
    except ValueError:
        return None


def _option(text: str) -> str | None:
    found = _LETTER.search(text.strip())
    return found[1].upper() if found else None


def agrees(metric: str, ideal: str, answer: str) -> bool:
    """Whether `answer` says what `ideal` says, for a metric of `EXACT` or `f1`."""
    if metric == "f1":
        return overlap(ideal, answer) >= _LEAST_OVERLAP
    if metric == "numeric":
        wanted, given = number_in(ideal), number_in(answer)
        return wanted is not None and given is not None and abs(wanted - given) <= 1e-6 * max(1.0, abs(wanted))
    if metric == "multiple_choice":
        wanted_option, given_option = _option(ideal), _option(answer)
        return wanted_option is not None and wanted_option == given_option
    if not normalise(ideal):  # signs alone, or an article: nothing may be set aside
        return ideal.strip().casefold() == answer.strip().casefold()
    if metric == "contains":
        return normalise(ideal) in normalise(answer)
    return normalise(ideal) == normalise(answer)


def score(metric: str, ideal: str, answer: str) -> float | None:
    """How well an answer does by one metric of eval_v1, from 0 to 1; `None` where the metric needs a judge.

    All but `f1` give 0 or 1.
    """
    if metric == "f1":
        return overlap(ideal, answer)
    return float(agrees(metric, ideal, answer)) if metric in EXACT else None


def reward(
    completions: Sequence[Any], ideal_output: Sequence[str], metrics: Sequence[Sequence[str]], **_: Any
) -> list[float | None]:
    """A reward function for TRL's `GRPOTrainer` over eval_v1 rows in the columns of `view: trl`.

    Args:
        completions: what the model wrote, each a text or a list of messages.
        ideal_output: the ideal answers, one for each completion.
        metrics: the metrics of each row.

    Returns:
        The mean of the scores of a row's metrics, from 0 to 1; `None`, which TRL leaves out, where all need a judge.
    """
    rewards: list[float | None] = []
    for completion, ideal, names in zip(completions, ideal_output, metrics, strict=True):
        scores = [score(name, ideal, _text_of(completion)) for name in names]
        known = [value for value in scores if value is not None]
        rewards.append(fmean(known) if known else None)
    return rewards


def _text_of(completion: Any) -> str:
    if isinstance(completion, str):
        return completion
    messages = cast("Sequence[Mapping[str, Any]]", completion)
    return str(messages[-1].get("content") or "") if messages else ""


def overlap(ideal: str, answer: str) -> float:
    """F1 of the words of two texts, as in SQuAD (Rajpurkar et al. 2016); characters where words are not spaced."""
    one, other = (Counter(_words(text)) for text in (ideal, answer))
    common = sum((one & other).values())
    return 2 * common / (one.total() + other.total()) if common else 0.0


def _words(text: str) -> list[str]:
    folded = normalise(text)
    return list(folded.replace(" ", "")) if has_unspaced(folded) else folded.split()


def disagreement(metrics: Sequence[str], ideal: str, answer: str) -> str | None:
    """The first of the metrics that can be computed by which two answers differ, `None` if they agree by all."""
    for metric in metrics:
        if metric in (*EXACT, "f1") and not agrees(metric, ideal, answer):
            return metric
    return None
