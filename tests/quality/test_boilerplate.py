from __future__ import annotations

import pytest

from hf_synth.quality.boilerplate import CHECK
from quality.making import candidate, config

TEXT = "Tides follow the moon. The sun adds its share twice a month."


@pytest.mark.parametrize(
    "opening",
    [
        "Sure! Here is a short explanation:\n\n",
        "Sure, here's an overview.\n",
        "Certainly! Below is a summary of how tides work.\n",
        "Of course! I'd be happy to help. Here are the main points:\n",
        "Here is the explanation you asked for:\n",
        "¡Claro! Aquí tienes una explicación:\n",
        "Bien sûr ! Voici une explication :\n",
        "Natürlich! Hier ist eine Erklärung:\n",
        "Certo! Ecco una spiegazione:\n",
        "Claro! Aqui está uma explicação:\n",
        "もちろんです！以下は説明です。\n",
        "当然！以下是说明：\n",
    ],
)
def test_an_opening_of_the_assistant_is_refused(opening: str):
    assert CHECK(candidate(opening + TEXT), config())


@pytest.mark.parametrize(
    "closing",
    [
        " Let me know if you need anything else!",
        "\n\nI hope this helps!",
        " I hope this helps you understand tides. 😊",
        " If you have any further questions, feel free to ask.",
        " Feel free to ask if you have more questions!",
        " Espero que esto te ayude.",
        " J'espère que cela vous aide !",
        " Ich hoffe, das hilft dir weiter!",
        "\n希望这对你有所帮助！",
    ],
)
def test_a_closing_of_the_assistant_is_refused(closing: str):
    assert CHECK(candidate(TEXT + closing), config())


@pytest.mark.parametrize(
    "text", [f"<|im_start|>{TEXT}", f"Assistant: {TEXT}", f"[INST] {TEXT}", f"{TEXT}<|im_end|>", f"{TEXT}</s>"]
)
def test_a_leaked_role_tag_is_refused(text: str):
    assert CHECK(candidate(text), config())


def test_a_role_tag_in_the_prompt_is_refused():
    assert CHECK(candidate(TEXT, key_text="<|user|> How do tides work?"), config())


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Sure signs of a coming tide are wet sand and impatient gulls.",
        "Of course, not every coast has two tides a day.",
        "Here is where the water rises highest: the Bay of Fundy.",
        "She wrote: 'I hope this helps!' and went to bed. The next morning the water had gone.",
        "A good guide ends with the words “Let me know if you need anything else!” and then with a map of the coast.",
        "Assistants of the harbour master read the gauge: twice a day.",
        "The token <|im_start|> opens a turn in many chat formats.",
        "Natürlich steigt das Wasser zweimal am Tag.",
    ],
)
def test_the_same_words_elsewhere_pass(text: str):
    assert CHECK(candidate(text), config()) is None


@pytest.mark.parametrize("prompt", ["Write an e-mail that answers this customer.", "Continue this conversation."])
def test_in_a_message_that_was_asked_for_it_passes(prompt: str):
    assert CHECK(candidate(f"{TEXT} Let me know if you need anything else!", key_text=prompt), config()) is None


def test_an_offer_of_help_passes_in_the_domain_of_a_service_and_an_opening_does_not():
    service = config("customer_support")
    assert CHECK(candidate(f"{TEXT} Let me know if you need anything else!"), service) is None
    assert CHECK(candidate(f"Sure! Here is an overview: {TEXT}"), service)


def test_a_tag_that_the_prompt_names_passes():
    prompt = "What does [INST] mean?"
    assert CHECK(candidate("[INST] opens an instruction.", key_text=prompt), config()) is None
