"""What assistants say around an answer, as regular expressions: openings, hopes, offers, role tags.

Collected by hand, and kept to what hardly any other text begins or ends with. One alternative a line.
"""

from __future__ import annotations

import re


def _any_of(lines: str, before: str = "", after: str = "") -> re.Pattern[str]:
    choices = "|".join(line for line in lines.split("\n") if line)
    return re.compile(f"{before}(?:{choices}){after}", re.IGNORECASE)


_SURE = "(?:sure(?: thing)?|certainly|of course|absolutely|definitely|okay|ok|great question|gladly|no problem)"

OPENING = _any_of(
    rf"""
{_SURE}[!,.:]?(?: (?:i'd|i would) be (?:happy|glad) to[^.!\n]{{0,60}}[.!])? (?:here(?:'s| is| are)|below (?:is|are))\b
{_SURE}[!,.:] the following\b
here(?:'s| is| are) (?:the|a|an|your|some) [^.!\n]{{0,80}}?\b(?:you (?:asked|requested)|as requested|per your request)
¡?(?:claro|por supuesto|desde luego)(?: que sí)?[!,.]{{1,2}} (?:aquí|a continuación)
(?:bien sûr|certainement|avec plaisir|d'accord) ?[!,.] (?:voici|ci-dessous)
(?:natürlich|gerne?|klar|selbstverständlich|sicher)[!,.] (?:hier (?:ist|sind|findest|kommt)|im folgenden)
(?:certo|certamente|volentieri)[!,.] (?:ecco|di seguito)
(?:claro|com certeza|certamente)[!,.] (?:aqui (?:está|estão|vai)|segue|a seguir)
(?:natuurlijk|zeker|uiteraard)[!,.] (?:hier (?:is|zijn)|hieronder)
(?:jasne|oczywiście|pewnie)[!,.] (?:oto|poniżej)
(?:конечно|разумеется)[!,.] вот
(?:もちろん(?:です)?|かしこまりました|承知(?:しました|いたしました))[!！。、,]\s*(?:以下|こちら)
(?:当然(?:可以)?|好的|没问题|當然|沒問題)[!！。，,]\s*(?:以下|下面|这是|這是)
(?:물론(?:입니다|이죠)?|네)[!.,] (?:다음은|여기)
"""
)

_LAST_SENTENCE = r"[.!?:\n。！？)] ?"  # behind a line break: a class comes first, which the regex engine is fast at
_END = r"[^.!?\n。！]{0,%d}[.!?。！]*(?: ?[😊🙂])?\s*$"

HOPE = _any_of(
    r"""
i (?:really )?hope (?:this|that|it) (?:helps?|was helpful|clarifies things|answers your question)
hope (?:this|that) helps
espero que (?:esto |te |le |isso |tenha )*(?:ayude|sirva|haya ayudado|ajude|ajudado)
j'espère que (?:cela|ça) (?:vous |t')?aide(?:ra)?
ich hoffe, (?:das|dies) hilft
spero che (?:questo )?(?:ti |le )?(?:aiuti|sia (?:d'aiuto|utile))
ik hoop dat dit helpt
mam nadzieję, że to pomoże
надеюсь, это поможет
(?:ご)?参考になれば幸いです
お役に立てれば幸いです
希望(?:这|這|以上)?[^。！\n]{0,8}有所?[帮幫]助
""",
    _LAST_SENTENCE,
    _END % 40,
)

OFFER = _any_of(
    r"""
(?:please )?let me know if (?:you|there|this|that|anything)
(?:is there )?anything else i can (?:help|assist|do)
feel free to (?:ask|reach out|let me know)(?: me)? if you
if you (?:have|need) (?:any(?:thing)? )?(?:more|other|further|else|questions)[^.!?\n]{0,60}(?:let me|feel free|just ask)
avísame si necesitas
n'hésitez pas à me (?:demander|dire)
lass(?:en sie)? (?:es )?mich wissen, (?:wenn|falls|ob)
fammi sapere se
avise-me se
laat (?:het )?me weten (?:als|of)
daj znać, jeśli
""",
    _LAST_SENTENCE,
    _END % 100,
)

_TAG = r"<\|[a-z_]{2,24}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?think>|</s>"
TAG_FIRST = re.compile(rf"\s*(?:{_TAG}|(?:#{{2,3}} ?|\*\*)?(?:AI )?Assistant(?:\*\*)?:|### ?Response:?|Human:)")
TAG_LAST = re.compile(rf"(?:{_TAG}|\n(?:Human|User|### ?Instruction):?)\s*$")

MESSAGE = _any_of(
    r"""
e-?mail|\bletter|message|\brepl(?:y|ies)|\brespond|\bchat|dialog|conversation|\bscript|transcript
customer (?:asks|wants|says|writes|complains)
correo|\bcarta|mensaje|lettre|courriel|(?:einen|den) brief|nachricht|antwort(?:e|schreiben)\b
lettera|messaggio|mensagem|wiadomoś|письм|сообщени
メール|返信|手紙|会話|邮件|信件|回复|对话|메일|편지|대화
"""
)
"""Prompts that ask for what a person says to another: there the same phrases are content."""

SERVICE = re.compile(r"support|service|customer|help.?desk|call.?cent|hotline|chat", re.IGNORECASE)
"""Domains in which an offer of help is what everybody ends with."""
