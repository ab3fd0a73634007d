from __future__ import annotations

import pytest

from hf_synth.quality.refusal import CHECK
from quality.making import candidate, config

REFUSALS = [
    "I'm sorry, but I can't assist with that request.",
    "I’m sorry, but I can’t help with that.",
    "Sorry, I cannot fulfill this request.",
    "I apologize, but I am unable to provide that information.",
    "I'm really sorry that you're feeling this way, but I'm unable to help with that.",
    "Unfortunately, I can't create content that promotes violence.",
    "I can't help with that.",
    "I won't be able to assist you with this.",
    "I must decline this request.",
    "I'm not comfortable writing that kind of story.",
    "As an AI language model, I don't have personal opinions.",
    "As an AI, I cannot browse the internet.",
    "As a large language model trained by OpenAI, I do not have access to that.",
    "I'm just an AI assistant and don't have feelings about this.",
    "Thank you for your question. I'm sorry, but I cannot provide medical advice.",
    "**I'm sorry, but I can't help with that.**",
    "Your request goes against the content policy.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Como modelo de lenguaje, no tengo opiniones.",
    "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
    "Désolée, je ne peux pas répondre à cette question.",
    "En tant qu'IA, je n'ai pas d'opinion.",
    "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
    "Leider kann ich diese Anfrage nicht erfüllen.",
    "Als KI-Sprachmodell habe ich keine Meinung.",
    "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "In quanto intelligenza artificiale, non ho opinioni.",
    "Desculpe, mas não posso ajudar com isso.",
    "Sinto muito, mas não posso atender a esse pedido.",
    "Como um modelo de linguagem, não tenho opiniões.",
    "Het spijt me, maar ik kan je hier niet mee helpen.",
    "Przepraszam, ale nie mogę pomóc w tej sprawie.",
    "Извините, но я не могу помочь с этим.",
    "申し訳ありませんが、そのご要望にはお応えできません。",
    "申し訳ございませんが、お手伝いできません。",
    "AI言語モデルとして、私には意見がありません。",
    "很抱歉，我无法提供帮助。",
    "对不起，我不能满足您的请求。",
    "抱歉，我无法回答这个问题。",
    "作为一个人工智能语言模型，我没有个人观点。",
    "죄송하지만 그 요청은 도와드릴 수 없습니다.",
]

ANSWERS = [
    "I'm sorry to hear that your parcel is late. Let me look into it at once.",
    "I'm sorry for the inconvenience. I have sent you a new card.",
    "I'm sorry, but we cannot refund orders that are older than 30 days.",
    "Unfortunately, I cannot provide a discount on items that are already reduced.",
    "We're sorry, the lift is out of order until Friday.",
    "\"I'm sorry, but I can't help with that,\" said the clerk, and closed the window.",
    "The phrase “As an AI language model, I cannot” has become a meme.",
    "As an AI researcher, I work on evaluation.",
    "As an airline, we follow the rules of the regulator.",
    "I can't believe how quickly the tide turned that day.",
    "Models often answer: I'm sorry, but I can't help with that.",
    "You can't help someone who does not want it, the saying goes.",
    "Lo siento mucho por el retraso; su pedido llega mañana.",
    "Je suis désolé pour le retard de votre colis.",
    "Es tut mir leid, dass Ihr Paket zu spät kam. Wir erstatten die Versandkosten.",
    "Leider kann ich am Montag nicht kommen, weil ich arbeite.",
    "Mi dispiace per il ritardo del pacco.",
    "Sinto muito pelo atraso da encomenda.",
    "申し訳ございません。商品の発送が遅れております。明日お届けします。",
    "非常抱歉，您的包裹延误了，明天会送到。",
    "Als Kinder spielten wir am Meer.",
    "Como iatista, aprendí a leer el viento.",
    "En tant que professeur, je conseille de lire.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_an_opening_that_refuses_the_request_is_refused(text: str):
    assert CHECK(candidate(text), config())
    assert CHECK(candidate("The tide follows the moon.", text), config())


@pytest.mark.parametrize("text", ANSWERS)
def test_apologies_quotations_and_tales_pass(text: str):
    assert CHECK(candidate(text), config()) is None


def test_a_refusal_that_comes_late_passes():
    assert CHECK(candidate("The tide follows the moon. " * 5 + REFUSALS[0]), config()) is None


def test_a_refusal_that_was_asked_for_passes():
    asked = candidate(REFUSALS[0], key_text="Write how a chat assistant politely declines an improper request.")
    assert CHECK(asked, config()) is None
