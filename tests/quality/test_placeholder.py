from __future__ import annotations

import pytest

from hf_synth.quality.placeholder import CHECK
from quality.making import candidate, config
from quality.texts import GOOD

LEFT = [
    ("en", "Dear Anna,\n\nthe parcel is late.\n\nBest regards,\n[Your Name]"),
    ("en", "Dear [Recipient's Name],\n\nthe parcel is late."),
    ("en", "[Company Name] regrets the delay."),
    ("en", "We met on [Date] in [City]."),
    ("en", "The meeting is on [insert date here]."),
    ("en", "Please call [phone number here] or write to [enter your address]."),
    ("en", "The price is [TBD]."),
    ("en", "The date is [to be announced]."),
    ("en", "Write to <your email> for help."),
    ("en", "Send it to <insert the address of the office>."),
    ("en", "It opens on (insert date here)."),
    ("en", "Hello {{name}}, your order is ready."),
    ("en", "Hello {{ first_name }}!"),
    ("en", "Call us at XXX-XXX-XXXX."),
    ("en", "The total is $XX.XX for two."),
    ("en", "Dear Mr. XXX, your parcel is late."),
    ("en", "Order number: XXXXXX"),
    ("en", "Write to xxx@xxxx.com for help."),
    ("en", "Tides rise twice a day.\n\nTODO: explain the role of the sun."),
    ("en", "Lorem ipsum dolor sit amet, consectetur adipiscing elit."),
    ("es", "Un saludo,\n[Tu nombre]"),
    ("es", "Estimado [Nombre del cliente]:\n\nsu paquete llega tarde."),
    ("fr", "Cordialement,\n[Votre nom]"),
    ("fr", "Bonjour [Prénom], votre colis est en retard."),
    ("de", "Mit freundlichen Grüßen\n[Ihr Name]"),
    ("de", "Wir treffen uns am [Datum] in [Ort]."),
    ("it", "Cordiali saluti,\n[Il tuo nome]"),
    ("it", "Gentile [Nome del cliente], il pacco è in ritardo."),
    ("pt", "Atenciosamente,\n[Seu nome]"),
    ("nl", "Met vriendelijke groet,\n[Uw naam]"),
    ("pl", "Z poważaniem\n[Twoje imię i nazwisko]"),
    ("ru", "С уважением,\n[Ваше имя]"),
    ("sv", "Med vänlig hälsning\n[Ditt namn]"),
    ("ja", "【会社名】\n【お名前】様\nお世話になっております。"),
    ("ja", "○○様\nお世話になっております。"),
    ("zh", "此致敬礼\n[您的姓名]"),
    ("zh", "XX公司将于X月X日召开会议。"),
    ("ko", "안녕하세요, [이름]님."),
]

FINE = [
    ("en", "She said that [the company] would pay, and that “the [tide] table” was wrong [sic]."),
    (
        "en",
        "See [Your Name](https://example.org/film), a film of 2016, or [Company][1].\n\n[Company]: https://example.org/b",
    ),
    ("en", "In `[Your Name]` and\n```\nDear [Your Name]\n```\nthe brackets stay."),
    ("en", "SELECT [Name], [Date] FROM [Orders];"),
    ("en", "values[name] and grid[date][time] are read first."),
    ("en", "Usage: tides [date] [location], where [location] is a harbour."),
    ("en", "As a [role], I want a [feature], so that I get a [benefit]."),
    ("en", "The set is [0, 1], the interval [a, b), the citation [12]."),
    ("en", "[Verse 1]\nThe tide is high\n[Chorus]\nBut I'm holding on"),
    ("en", "HAMLET: [aside] A little more than kin. [He leaves.]"),
    ("en", "A page begins with <html>, <head> and <title>; a list of names is a List<Name>."),
    ("en", '<name>Anna</name> and <input name="email" value="<your email>">'),
    ("en", r"We get $\frac{{name}}{{date}}$ and ${{ secrets.NAME }}."),
    ("en", "The card ends in 4242: XXXX-XXXX-XXXX-4242."),
    ("en", "American numbers have the format XXX-XXX-XXXX, social security numbers the pattern XXX-XX-XXXX."),
    ("en", "Chapter XXX follows chapter XXIX; size XXXL is sold out."),
    ("en", "Kisses from all of us, xxx"),
    ("en", "My list: call Tom, todo later, buy bread."),
    ("en", "Typographers know the words lorem ipsum well."),
    ("es", "TODO: eso es lo que quiere. LO QUIERE TODO."),
    ("es", "ANA: [su voz tiembla] Ven. [indica la puerta]"),
    ("de", "ANNA: [ihre Stimme zittert] Komm. [zeigt auf die Tür]"),
    ("fr", "ANNE : [ton neutre] Viens."),
    ("ja", "【重要】明日は休みです。○か×で答えてください。"),
    ("zh", "【通知】明天放假。答案是[1]。"),
]

ASKED = [
    ("en", "Write a template for a letter of complaint."),
    ("en", "What do placeholders like [Your Name] mean?"),
    ("en", "Make a form that customers fill in."),
    ("en", "How does Handlebars show a name?"),
    ("en", "Anonymise this letter."),
    ("es", "Escribe una plantilla de carta."),
    ("fr", "Écris un modèle de lettre."),
    ("de", "Schreibe eine Vorlage für einen Brief."),
    ("it", "Scrivi un modello di lettera."),
    ("pt", "Escreva um modelo de carta."),
    ("nl", "Schrijf een sjabloon voor een brief."),
    ("pl", "Napisz szablon listu."),
    ("ru", "Напиши шаблон письма."),
    ("ja", "手紙のテンプレートを書いてください。"),
    ("zh", "请写一个信件模板。"),
    ("ko", "편지 양식을 써 주세요."),
]


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt), config(language=language)) is None


@pytest.mark.parametrize(("language", "text"), LEFT)
def test_what_is_left_to_fill_in_is_refused(language: str, text: str):
    assert CHECK(candidate(text), config(language=language))
    assert "the prompt" in str(CHECK(candidate("Fine.", key_text=f"Summarise this: {text}"), config(language=language)))


@pytest.mark.parametrize(("language", "text"), FINE)
def test_brackets_crosses_and_code_with_a_meaning_of_their_own_pass(language: str, text: str):
    assert CHECK(candidate(text), config(language=language)) is None


@pytest.mark.parametrize(("language", "prompt"), ASKED)
def test_a_prompt_that_asks_for_a_template_gets_one(language: str, prompt: str):
    letter = "Dear [Your Name], {{name}}, XXX-XXX-XXXX [Date]"
    assert CHECK(candidate(letter, key_text=prompt), config(language=language)) is None


def test_the_detail_names_what_is_left():
    assert "[Your Name]" in str(CHECK(candidate("Regards,\n[Your Name]"), config()))
