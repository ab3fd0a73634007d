"""Good texts in many languages and shapes that every check must let pass, with the prompt each answers."""

from __future__ import annotations

import json
from pathlib import Path

SENTENCES: dict[str, list[str]] = json.loads(Path(__file__).with_name("sentences.json").read_text("utf-8"))

THAI = (
    "น้ำขึ้นน้ำลงเกิดจากแรงดึงดูดของดวงจันทร์และดวงอาทิตย์ที่กระทำต่อโลก ในหนึ่งวันน้ำจะขึ้นสองครั้งและลงสองครั้ง "
    "ชาวประมงใช้ตารางน้ำเพื่อวางแผนออกเรือ"
)
ARABIC = (
    "يحدث المد والجزر بسبب جاذبية القمر والشمس. يرتفع الماء مرتين في اليوم وينخفض مرتين. "
    "هل تعلم أن أعلى مد يحدث عند اكتمال القمر؟"
)
HINDI = "ज्वार-भाटा चंद्रमा और सूर्य के गुरुत्वाकर्षण से होता है। पानी दिन में दो बार चढ़ता है और दो बार उतरता है।"
KOREAN = (
    "조석은 달과 태양의 중력 때문에 생깁니다. 물은 하루에 두 번 들어오고 두 번 나갑니다. "
    "어부들은 물때표를 보고 배를 띄웁니다."
)
HEBREW = "הגאות והשפל נגרמים מכוח המשיכה של הירח והשמש. המים עולים פעמיים ביום ויורדים פעמיים ביום."

GOOD: list[tuple[str, str, str]] = [
    *((code, "Tell me.", " ".join(sentences[:6])) for code, sentences in SENTENCES.items()),
    ("th", "อธิบายน้ำขึ้นน้ำลง", THAI),
    ("ar", "اشرح المد والجزر", ARABIC),
    ("hi", "ज्वार-भाटा समझाइए", HINDI),
    ("ko", "조석을 설명해 주세요", KOREAN),
    ("he", "הסבר את הגאות והשפל", HEBREW),
    (
        "en",
        "List what I need for a trip to the coast.",
        (
            "Pack the following for two days at the coast:\n\n- warm socks and a rain jacket\n- a tide table\n"
            "- [ ] sunscreen\n- [x] tickets\n- water, two litres for each person and day"
        ),
    ),
    (
        "en",
        "Compare three harbours in a table.",
        "| Harbour | Depth | Boats |\n|---|---|---|\n| North | 4 m | 120 |\n| South | 6 m | 80 |\n| East | 3 m | 45 |",
    ),
    (
        "en",
        "Write a function that sums a list.",
        (
            "Use `sum`, or write it yourself:\n\n```python\ndef total(values: list[int]) -> int:\n    result = 0\n"
            "    for value in values:  # TODO: check types\n        result += value[0]\n    return result\n```"
        ),
    ),
    (
        "en",
        "How do I read the first element in Java?",
        "List<String> names = new ArrayList<>();\nMap<String, List<Name>> byName = load(args[0]);\nnames.get(0);",
    ),
    (
        "en",
        "Solve x^2 = 16.",
        (
            "We take the root on both sides: $x = \\pm\\sqrt{16}$, so \\(x_1 = 4\\) and \\(x_2 = -4\\). "
            "In general $x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$"
        ),
    ),
    (
        "en",
        "Write a poem about the sea.",
        (
            "The tide comes in on silver feet,\nthe gulls are circling, high and\nfleet, the harbour sleeps beneath "
            "the\nmoon, and morning comes to us too soon\n\nO sea, you carry what you will,\nand when the wind "
            "is cold and"
        ),
    ),
    (
        "en",
        "Write an e-mail to Anna that cancels our meeting.",
        (
            "Subject: Our meeting on Tuesday\n\nDear Anna,\n\nI have to cancel our meeting on Tuesday, because my "
            "train was cancelled. Could we meet on Thursday instead?\n\nBest regards,\nTom"
        ),
    ),
    (
        "en",
        "Who wrote about tides?",
        (
            "Galileo wrote about them [1], and so did Kepler [2]; see [the overview](https://example.org/tides) or "
            "[Cartwright][3].\n\n[1]: https://example.org/a\n[3]: https://example.org/b"
        ),
    ),
    (
        "en",
        "Write a scene for two actors.",
        "ANNA: [laughs] You came back!\nTOM: [quietly] I said I would [pause] and here I am.\n[They embrace.]",
    ),
    (
        "en",
        "Explain HTML lists.",
        "An unordered list is made with <ul> and its items with <li>. The text stands between <li> and </li>.",
    ),
    ("en", "When was Super Bowl XXX?", "Super Bowl XXX took place on 28 January 1996, and Dallas won it."),
    ("en", "Which option is right?", "B"),
    ("en", "Name three tides.", "Spring tide, neap tide and the"),
    ("en", "How many metres?", "Exactly 12,500.75 metres, or 41,012 feet, measured on 2024-03-01 at 10:30."),
    ("es", "¿Qué necesito?", "Necesitas TODO lo que aparece en la lista: agua, pan y un mapa de la costa."),
    (
        "de",
        "Schreibe eine Nachricht an Jana.",
        (
            "Liebe Jana,\n\nich komme am Montag erst um acht Uhr, weil mein Zug ausfällt. Bitte warte mit dem Essen "
            "auf mich.\n\nLiebe Grüße und bis bald,\nMax"
        ),
    ),
    ("ja", "詩を書いてください。", "波は静かに寄せて\n月は海を照らし\n船は港に眠る"),
    ("zh", "请列出三种水果。", "1. 苹果\n2. 香蕉\n3. 葡萄"),
    ("fr", "Écris un dialogue.", "— Tu viens demain ?\n— Oui, si le train arrive à l'heure.\n— Alors à demain !"),
    ("en", "Explain nested fences.", "````markdown\n```python\nprint(1)\n```\n````\nThe outer fence is longer."),
    ("en", "Tell a story.", "He left at dawn.\n\n~~~\n\nShe woke up at noon and read the note he had left for her."),
]
