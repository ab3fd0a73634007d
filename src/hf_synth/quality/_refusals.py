"""How models refuse, by language: regular expressions, matched at the start and without regard to case.

Collected by hand from the openings that chat models use. `deed` keeps to the request itself, so that `we cannot
refund` is no refusal and `I cannot fulfil this request` is one.
"""

from __future__ import annotations

from typing import NamedTuple


class Opening(NamedTuple):
    """`sorry` may come first, then `cannot` and `deed` in a row; or `speaker` alone (`as an AI …`)."""

    sorry: str
    cannot: str
    deed: str
    speaker: str


_ENGLISH_DEED = (
    r"(?:help(?: you)?(?: out)?(?: (?:with|in|by)\b|[.,;!]|$)|assist|comply|engage (?:in|with)|participate in"
    r"|(?:fulfil+|complete|honou?r|process) (?:this|that|your|such|the) request|(?:discuss|support) (?:this|that)"
    r"|(?:write|create|generate|produce|provide|offer|share|give|answer|respond to|continue with|do|make)(?: you)?"
    r"(?: with)? (?:that|this|such|content|explicit|harmful|(?:medical|legal) advice"
    r"|any (?:content|instruction|guidance|advice|information)"
    r"|(?:detailed |specific |step-by-step )?(?:instructions|guidance)))"
)

OPENINGS: dict[str, Opening] = {
    "en": Opening(
        r"(?:(?:i'm|i am|we're) (?:really |very |so |truly |deeply )?)?sorry|my apologies|i apologi[sz]e|unfortunately",
        r"(?:i|we) (?:can't|cannot|can not|couldn't|won't(?: be able to)?|will not(?: be able to)?"
        r"|(?:must|have to) decline to)|(?:i'm|i am|we're|we are) (?:unable|not able) to",
        _ENGLISH_DEED,
        r"as an? (?:ai|artificial intelligence|(?:large )?language model)"
        r"(?:(?: language| chat)? model| assistant| chatbot)?(?:,| (?:trained|developed|created)| i\b)"
        r"|i(?:'m| am) (?:just |only )?an? (?:ai|artificial intelligence|(?:large )?language model)[^.!?\n]{0,60}"
        r"\b(?:can't|cannot|don't|do not|unable|not able)\b"
        r"|i(?:'m| am) not (?:comfortable|willing) (?:with |to )?"
        r"(?:writ|creat|provid|help|assist|generat|produc|discuss)"
        r"|i (?:must|have to|need to|will) (?:respectfully |politely )?decline(?: (?:this|that|your|to)|[.,]|$)"
        r"|(?:this|that|your) request (?:violates|goes against|is against|conflicts with)",
    ),
    "es": Opening(
        r"lo siento|lo lamento|disculp[ae]|lamentablemente",
        r"no (?:puedo|me es posible)",
        r"(?:ayudar|asistir|cumplir|generar|crear|responder a es|proporcionar (?:es[aeo]|est[ae]|ayuda|instruccion))",
        r"como (?:un |una )?(?:modelo de lenguaje|ia\b|inteligencia artificial|asistente de ia)",
    ),
    "fr": Opening(
        r"(?:je suis (?:vraiment )?)?désolée?|je m'excuse|je regrette|malheureusement",
        r"je ne (?:peux pas|suis pas en mesure d[e']|puis)",
        r"(?:vous |t'|te )?(?:aider|assister|satisfaire|créer|générer|fournir (?:ce|cette|ces|d')"
        r"|répondre à (?:cette|votre|ta)|accéder à (?:cette|votre|ta) demande)",
        r"en tant (?:qu'(?:une? )?(?:ia\b|intelligence artificielle|assistant)|que modèle de langage)",
    ),
    "de": Opening(
        r"(?:es )?tut mir (?:sehr )?leid|entschuldigung|leider",
        r"(?:ich kann|kann ich|ich bin (?:leider )?nicht in der lage,?)[^.!?\n]{0,60}?",
        r"(?:helfen|behilflich sein|weiterhelfen|unterstützen|(?:anfrage|bitte|wunsch) (?:nicht )?"
        r"(?:erfüllen|nachkommen|beantworten|bearbeiten))",
        r"als (?:eine? )?(?:ki\b|künstliche intelligenz|(?:großes )?sprachmodell)",
    ),
    "it": Opening(
        r"mi (?:di)?spiace|spiacente|mi scuso|purtroppo",
        r"non (?:posso|sono in grado di)",
        r"(?:aiutar|assister|soddisfare|creare|generare|rispondere a quest|fornire (?:quest|tal|istruzioni|contenut))",
        r"(?:in quanto|come) (?:un |una )?(?:ia\b|intelligenza artificiale|modello (?:linguistico|di linguaggio))",
    ),
    "pt": Opening(
        r"(?:me )?desculpe|sinto muito|lamento|peço desculpas?|infelizmente",
        r"(?:eu )?não (?:posso|consigo)",
        r"(?:te |lhe )?(?:ajudar|auxiliar|cumprir|criar|gerar|atender (?:a )?(?:ess|est|seu|sua)"
        r"|fornecer (?:ess|est|informa|instru|conte))",
        r"como (?:um |uma )?(?:modelo de linguagem|ia\b|inteligência artificial|assistente de ia)",
    ),
    "nl": Opening(
        r"het spijt me|sorry|helaas",
        r"(?:ik kan|kan ik) (?:je |u )?(?:hier|daar)?(?:mee|bij)? ?(?:niet|geen)",
        r"[^.!?\n]{0,30}?(?:help|assisteren|voldoen)",
        r"als (?:een )?(?:ai\b|taalmodel|kunstmatige intelligentie)",
    ),
    "pl": Opening(
        r"przykro mi|przepraszam|niestety",
        r"nie (?:mogę|jestem w stanie)",
        r"(?:ci |państwu |panu |pani )?(?:w tym )?(?:pomóc|spełnić|wygenerować|zrealizować)",
        r"jako (?:model językowy|sztuczna inteligencja|ai\b)",
    ),
    "ru": Opening(
        r"извините|простите|к сожалению|мне жаль",
        r"я не (?:могу|в состоянии)",
        r"(?:вам |тебе )?(?:с этим )?(?:помочь|создать|сгенерировать|выполнить (?:эт|ваш)|ответить на эт)",
        r"как (?:языковая модель|искусственный интеллект|ии\b)",
    ),
    "ja": Opening(
        r"申し訳(?:ありません|ございません|ない)|すみません|ごめんなさい|恐れ入ります",
        r"[^。\n]{0,25}?(?:お手伝い|お力になる|(?:ご(?:要望|依頼|質問)|リクエスト)には?(?:お応え|お答え|対応))",
        r"[^。\n]{0,8}?(?:でき(?:ません|かねます)|いたしかねます)",
        r"(?:私は)?(?:ai|人工知能|(?:大規模)?言語モデル)(?:言語モデル|アシスタント)?"
        r"(?:として|なので|ですので|であるため)",
    ),
    "zh": Opening(
        r"(?:我)?(?:很|非常|十分)?(?:抱歉|对不起|對不起|不好意思|遗憾|遺憾)",
        r"我?(?:无法|無法|不能|没办法|沒辦法)(?:[为帮](?:您|你))?",
        r"(?:帮助|幫助|协助|協助|生成|创作|继续|提供(?:帮助|协助|[这此该]|相关|任何)"
        r"|(?:回答|满足|完成)(?:[这此该您你]))",
        r"[作身][为為](?:一[个個名款])?(?:人工智能|人工智慧|ai|(?:大型|大)?语言模型|語言模型)",
    ),
    "ko": Opening(
        r"죄송(?:합니다|하지만)만?|미안하지만",
        r"[^.\n]{0,25}?(?:도와드릴|도움을 드릴|요청을 (?:들어드릴|수행할)|답변(?:할|드릴))",
        r"수(?:는)? 없",
        r"(?:저는 )?(?:ai|인공지능)(?: 언어 ?모델| 어시스턴트)?(?:로서|이기 때문에)",
    ),
}
