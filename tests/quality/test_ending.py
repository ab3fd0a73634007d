from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.quality.ending import CHECK
from quality.making import candidate, config
from quality.texts import GOOD, SENTENCES

CUT = [
    ("en", "The moon pulls the water towards itself, and the sun adds its share, so twice a day the"),
    ("en", "The moon pulls the water. The sun adds its share. Twice a day the water rises because of"),
    ("en", "The moon pulls the water of the oceans, and the harbours that lie in narrow bays,"),
    (
        "en",
        "The moon pulls the water of the oceans, and in narrow bays it rises high (for example in the Bay of Fundy (",
    ),
    ("en", "The moon pulls the water of the oceans towards itself, and the result is an inter-"),
    ("en", "The moon pulls the water of the oceans. To see the tide table of your harbour, run the following command:"),
    (
        "en",
        (
            "The moon pulls the water. The sun adds its share. When both stand in one line, the water of the oceans "
            "rises much higher than on the other days of the month"
        ),
    ),
    (
        "en",
        (
            "# Tides\n\nThe moon pulls the water.\n\nThe sun adds its share.\n\n- spring tides\n- neap tides\n\nWhen "
            "both stand in one line, the water rises much higher than on the other days of the month and the people "
            "who live near the coast"
        ),
    ),
    ("es", "La luna atrae el agua de los mares. El sol también ayuda. Dos veces al día el agua sube por la"),
    ("fr", "La lune attire l'eau des océans. Le soleil l'aide un peu. Deux fois par jour, l'eau monte dans les"),
    ("de", "Der Mond zieht das Wasser an. Die Sonne hilft ihm dabei. Zweimal am Tag steigt deshalb das Wasser und"),
    ("it", "La luna attira l'acqua dei mari. Il sole aiuta un poco. Due volte al giorno l'acqua sale nella"),
    ("pt", "A lua atrai a água dos mares. O sol também ajuda. Duas vezes por dia a água sobe porque"),
    ("nl", "De maan trekt het water aan. De zon helpt een beetje. Twee keer per dag stijgt het water van"),
    ("pl", "Księżyc przyciąga wodę w morzach. Słońce trochę pomaga. Dwa razy dziennie woda podnosi się, ponieważ"),
    ("ru", "Луна притягивает воду морей. Солнце немного помогает. Два раза в день вода поднимается, потому что"),
    ("sv", "Månen drar vattnet till sig. Solen hjälper till lite. Två gånger om dagen stiger vattnet och"),
    ("ja", "月は海の水を引きます。太陽も少し助けます。一日に二回、水は高くなり、"),
    ("zh", "月亮吸引海水。太阳也有一点作用。每天水位会上升两次，因为月亮的引力使海水向它的方向移动，"),
    (
        "ja",
        "月は海の水を引きます。太陽も少し助けます。一日に二回、港の水は高くなってから低くなるので、船の人は時刻の表をよく見てから港を出",
    ),
    ("ar", "يجذب القمر مياه البحار إليه كل يوم. وتساعد الشمس قليلا في ذلك. ويرتفع الماء مرتين في اليوم،"),
]

WHOLE = [
    ("en", "Two tides a day and the"),
    ("en", "The moon pulls the water of the oceans towards itself, and twice a day it rises in all the harbours"),
    ("en", "The moon pulls the water. The sun adds its share. Twice a day"),
    (
        "en",
        "The moon pulls the water. The sun helps. Read more in the tide table of the harbour office at www.tides.org",
    ),
    ("en", "Come to the harbour on Sunday and see the spring tide. We look forward to seeing all of you! #tide #sea"),
    ("en", "The moon pulls the water. The sun adds its share to it. Both together make a spring tide 🌊"),
    (
        "en",
        "The moon pulls the water, and the sun adds its share to it.\n\nWith kind regards from all of us,\nAnna Smith",
    ),
    ("en", "Thank you for your letter. We will answer as soon as we have looked into it.\n\nYours faithfully,"),
    ("en", 'She stood on the pier and looked at the water. "When the tide comes," she said, "we will leave."'),
    ("en", "She stood on the pier. She looked at the water for a long time. She was waiting for him. **The end**"),
    ("en", "The result follows from the law of gravity. The sum of both forces is\n\n$$F = F_m + F_s$$"),
    (
        "en",
        "The law of gravity gives the force. With the values from the table above we find that the force is F = 12 N",
    ),
    (
        "en",
        "The moon pulls the water of the oceans. Twice a day it rises and falls.\n\n## Sources of this text and the",
    ),
    ("en", "The moon pulls the water of the oceans. Twice a day it rises and falls.\n\n- the sun\n- the wind and the"),
    ("en", "The moon pulls the water of the oceans. Twice a day it rises.\n\n> The tide waits for no man and the"),
    (
        "en",
        "The moon pulls the water of the oceans. Twice a day it rises.\n\nSource: the yearbook of the harbour office",
    ),
    (
        "en",
        "The moon pulls the water of the oceans. Twice a day it rises.\n\n— Anna Smith, master of the old harbour and",
    ),
    ("en", "So the area is twice the height times the side. The height is h and one side of the square is a"),
    ("es", "El área es el producto de los lados. La altura se mide en vertical. Los ejes se llaman x e y"),
    ("de", "Der Mond zieht das Wasser an. Die Sonne hilft ihm dabei ein wenig. Daher gibt es zweimal am Tag Flut"),
    ("fr", "« La lune attire l'eau des océans, dit-il, et le soleil l'aide un peu. Deux fois par jour, l'eau monte. »"),
    ("zh", "月亮吸引海水。太阳也有一点作用。每天水位会上升两次（早上和晚上各一次）。"),
    ("ja", "月は海の水を引きます。太陽も少し助けます。一日に二回、水は高くなります（「満潮」）"),
]


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt), config(language=language)) is None


@pytest.mark.parametrize(("language", "text"), CUT)
def test_a_response_that_breaks_off_is_refused(language: str, text: str):
    assert CHECK(candidate(text), config(language=language))
    assert CHECK(candidate("Fine.", f"{text}\n"), config(language=language))


@pytest.mark.parametrize(("language", "text"), WHOLE)
def test_a_response_that_may_end_there_passes(language: str, text: str):
    assert CHECK(candidate(text), config(language=language)) is None


def test_the_detail_shows_the_end():
    assert "twice a day the" in str(CHECK(candidate(CUT[0][1]), config()))


@given(st.sampled_from([(code, " ".join(s)) for code, s in SENTENCES.items()]), st.integers(1, 200))
def test_a_text_that_ends_in_a_full_stop_passes_wherever_it_is_cut(text: tuple[str, str], cut: int):
    code, whole = text
    stop = "。" if code in ("ja", "zh") else "."
    assert CHECK(candidate(whole[:cut] + stop), config(language=code)) is None
