"""What rows must not say, because their readers see neither our prompts nor the user's source. One alternative a line;
what is indented continues the line before.

Collected by hand. Talk of a passage is told from talk of passages by its reference to this one: `according to the
passage`, `the text above`, `in the provided document`. What may be said of a law, a contract or a graph (`according to
the article 5`, `from the given source`) is left out.
"""

from __future__ import annotations

import re

from hf_synth.quality._text import has_any


def _any_of(lines: str) -> re.Pattern[str]:
    lines = lines.replace("\n  ", "")
    return re.compile("|".join(line for line in lines.split("\n") if line), re.IGNORECASE)


TASK = _any_of(
    r"""
\b(?:an?|the|this) (?:instruction|prompt|item|question) (?:for|in) (?:a|the|your|this) fine-?tuning data ?set\b
\bself-contained (?:instruction|prompt|question)s?\b
^\W*(?:system_prompt|ideal_output)\W*:
^\W*(?:easy|medium|hard) ?; [^;\n]{3,60}; [^;\n]{3,60}(?:;|$)
"""
)
"""Words of our tasks, told at the beginning and the end of texts alone."""
TASK_STEMS = ("tuning data", "elf-contained", "system_prompt", "ideal_output", ";")
"""One of these is in whatever `TASK` finds: a look that takes a tenth of the time."""

ABOUT_MODELS = re.compile(
    r"fine-?tun|language model|machine learning|prompt|\bllm|\bai\b|data ?set|\bnlp\b", re.IGNORECASE
)

WRAPPER = re.compile(
    r'\{\s*"(?:instructions|prompts|ideas|system_prompt|task_types)"\s*:|"ideal_output"\s*:|"metrics"\s*:\s*\[\s*"'
)
ASKS_FOR_JSON = re.compile(r"json|\bapi\b|schema|\bobject|dictionar|payload|serial|\bdict\b", re.IGNORECASE)

_NOUNS = {
    "en": "passage|text|excerpt|document|article|paragraph|snippet|extract|source text",
    "es": "pasaje|texto|fragmento|documento|artículo|extracto|párrafo",
    "fr": "passage|texte|extrait|document|article|paragraphe",
    "de": "passage|textes|text|textstelle|textabschnitts?|auszugs?|dokuments?|artikels?|abschnitts?",
    "it": "brano|testo|passaggio|estratto|documento|articolo|paragrafo",
    "pt": "trecho|texto|passagem|documento|artigo|excerto|parágrafo",
    "nl": "passage|tekst|fragment|document|artikel|alinea",
    "pl": "fragment(?:em|u|cie)?|tekst(?:em|u)?|dokument(?:em|u)?",
    "sv": "texten|stycket|utdraget|dokumentet|artikeln|passagen",
    "ru": "текст[уае]?|отрыв(?:ок|ку|ка|ке)|документ[уае]?|фрагмент[уае]?",
    "ja": "文章|本文|テキスト|文書|資料|記事|抜粋|段落",
    "zh": "文章|文本|段落|原文|短文|文档|文件|材料|资料|选文|选段",
    "ko": "지문|본문|글|문서|자료|기사|텍스트",
}
_LINES = {
    "en": r"""
\b(?:the|this) (?:provided|given|above|supplied) (?:NOUN)\b|\b(?:the|this) provided context\b
\b(?:the|this) (?:NOUN) (?:above|provided)\b
\b(?:in|from|on|to|using|read) (?:the|this) following (?:text|passage|excerpt|article|paragraph)\b
\b(?:according to|based on|as (?:stated|mentioned|described|noted|explained|given) in|per) (?:the|this)
  [ ](?:text|passage|excerpt|document|paragraph|source text)\b(?! (?:of|from|in|by|on|for|that|which|you|we
  |type|size|field)\b)
\bthe (?:passage|excerpt|source text) (?:says|states|mentions|describes|explains|notes|does not|doesn't
  |indicates)\b
""",
    "es": r"""
\b(?:según|de acuerdo con|basándo(?:se|te) en|como (?:se )?(?:indica|menciona|describe|explica) en) (?:el
  |este) (?:pasaje|texto|fragmento|documento|extracto)\b(?! (?:de|del|que|legal)\b)
\b(?:el|del|al) (?:NOUN) (?:anterior|proporcionado|dado|facilitado|de arriba)\b
""",
    "fr": r"""
\b(?:selon|d'après|en se basant sur|comme (?:indiqué|mentionné|décrit|expliqué) dans) (?:le |ce )(?:passage
  |texte|document|texte source)\b(?! (?:de|du|des|qui|que)\b| d')
\b(?:selon|d'après) l'extrait\b(?! (?:de|du|des)\b| d')
\b(?:le |du |au |ce |l')(?:NOUN) (?:ci-dessus|fourni|donné)\b
""",
    "de": r"""
\b(?:laut|gemäß) (?:dem|des|der|diesem) (?:text|textes|passage|textstelle|textabschnitts?|auszugs?)\b(?!
  [ ](?:der|des|von)\b)
\b(?:der|die|das|dem|den|des|im|laut) (?:obige|vorliegende|gegebene|bereitgestellte)[mnrs]? (?:NOUN)\b
\b(?:text|textabschnitt|auszug|abschnitt) oben\b|\bim (?:text|textabschnitt) (?:steht|heißt es|wird
  [ ](?:erwähnt|beschrieben|erklärt))\b
\bwie im (?:text|dokument|textabschnitt|auszug) (?:beschrieben|erwähnt|angegeben|erklärt)\b
""",
    "it": r"""
\b(?:secondo (?:il|questo)|in base al|stando al|come (?:indicato|menzionato|descritto|spiegato) nel)
  [ ](?:brano|testo|passaggio|documento)\b(?! (?:di|del|della|dell'|che)\b)
\b(?:il|del|nel|al|l'|dell'|nell') ?(?:NOUN) (?:fornito|sopra|precedente|dato|riportato)\b
""",
    "pt": r"""
\b(?:segundo o|de acordo com o|conforme o|com base no|como (?:indicado|mencionado|descrito|explicado) no)
  [ ](?:trecho|texto|documento|excerto)\b(?! (?:de|do|da|que)\b)
\b(?:o|do|no|ao) (?:NOUN) (?:acima|fornecido|dado|anterior|apresentado)\b
""",
    "nl": r"""
\b(?:volgens|op basis van|zoals (?:vermeld|beschreven|genoemd|uitgelegd) in) (?:de|het|deze|dit) (?:tekst
  |passage|fragment|document)\b(?! (?:van|uit|over|die|dat)\b)
\b(?:de|het) (?:bovenstaande|gegeven|verstrekte|aangeleverde) (?:NOUN)\b|\b(?:tekst|passage) hierboven\b
""",
    "pl": r"""
\b(?:powyższ|podan|dostarczon)\w+ (?:NOUN)\b|\b(?:zgodnie z|według) (?:tekstem|tekstu)\b(?! (?:ustawy|umowy))
""",
    "sv": r"""
\b(?:enligt|baserat på|utifrån) (?:den |det )?(?:givna |ovanstående |angivna )?(?:texten|stycket|utdraget
  |passagen)\b|\b(?:texten|stycket) ovan\b
""",
    "ru": r"""
\b(?:приведённ|приведенн|предоставленн|вышеприведенн)\w+ (?:NOUN)\b|\bсогласно (?:данному )?(?:тексту
  |отрывку)\b(?! (?:закона|договора))
""",
    "ja": r"""
(?:上記|与えられた|提供された|提示された|前述)の?(?:NOUN)|(?:本文|文章|テキスト|文中)(?:によると|によれば|に基づいて|で述べられ)
""",
    "zh": r"""
(?:根据|依据|按照|基于)(?:这篇|这段|该)?(?:文章|文本|短文|原文|段落|选文|上文)(?:内容)?(?:[，,、可]|回答)|(?:上述|所给|给定的?|所?提供的)(?:NOUN)|(?:文中
  |原文)(?:提到|指出|所述)
""",
    "ko": r"""
(?:위|주어진|제공된|제시된)(?:의)? (?:NOUN)|(?:지문|본문)에 (?:따르면|의하면|근거)
""",
}
_STEMS = {
    "en": "passage text excerpt document article paragraph snippet extract",
    "es": "pasaje texto fragmento documento artículo extracto párrafo",
    "fr": "passage texte extrait document article paragraphe",
    "de": "passage text abschnitt auszug dokument artikel",
    "it": "brano testo passaggio estratto documento articolo paragrafo",
    "pt": "trecho texto passagem documento artigo excerto parágrafo",
    "nl": "passage tekst fragment document artikel alinea",
    "pl": "fragment tekst dokument",
    "sv": "texten stycket utdraget dokumentet artikeln passagen",
    "ru": "текст отрыв документ фрагмент",
    "ja": "文 テキスト 資料 記事 抜粋 段落",
    "zh": "文 段落 材料 资料 选段",
    "ko": "지문 본문 글 문서 자료 기사 텍스트",
}
_TALK = {code: _any_of(lines.replace("NOUN", _NOUNS[code])) for code, lines in _LINES.items()}
_WORDS = {code: re.compile(nouns, re.IGNORECASE) for code, nouns in _NOUNS.items()}
_STEM_LISTS = {code: tuple(stems.split()) for code, stems in _STEMS.items()}


def passage_talk(text: str, language: str) -> str | None:
    """Talk of one passage that is to stand elsewhere, in a language; in English where we know none."""
    code = language if language in _TALK else "en"
    folded = text.lower()
    if not has_any(folded, _STEM_LISTS[code]):
        return None
    found = _TALK[code].search(text.replace("’", "'"))
    return found[0] if found else None


def count_text_words(text: str, language: str) -> int:
    """How often a text names a text of any kind."""
    return len(_WORDS.get(language, _WORDS["en"]).findall(text))
