"""A language model small enough to be made and trained within seconds on a CPU: random weights, a tokenizer of its own.

It is written to a folder, because trainers and command lines take models by path.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

START, END, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
CHAT = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}"
    "{{ '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML, as Qwen's models have it. The marks of a generation let trainers find what the assistant said."""

_SHAPE = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.05,
}


def tokenizer(texts: Iterable[str], size: int = 1024) -> Any:
    """A byte-level BPE tokenizer with a chat template, trained on `texts`, with at most `size` tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = [PAD, START, END]
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END, pad_token=PAD, chat_template=CHAT)


def language_model(folder: Path, texts: Iterable[str], seed: int = 0) -> str:
    """The path of a causal language model with random weights, and of its tokenizer."""
    from transformers import Qwen2ForCausalLM

    return _saved(Qwen2ForCausalLM, folder, texts, seed)


def scorer(folder: Path, texts: Iterable[str], seed: int = 0) -> str:
    """The path of a model that gives a text one number, as `RewardTrainer` trains it."""
    from transformers import Qwen2ForSequenceClassification

    return _saved(Qwen2ForSequenceClassification, folder, texts, seed, num_labels=1)


def _saved(kind: Any, folder: Path, texts: Iterable[str], seed: int, **more: Any) -> str:
    import torch
    from transformers import Qwen2Config

    words = tokenizer(texts)
    ids = {"pad_token_id": words.pad_token_id, "eos_token_id": words.eos_token_id, "bos_token_id": None}
    config = Qwen2Config(vocab_size=len(words), **_SHAPE, **ids, **more)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = kind(config)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)
