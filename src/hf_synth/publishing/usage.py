"""What the rows are for, what to beware of, and whose methods made them: two sections of a card."""

from __future__ import annotations

from hf_synth.publishing.told import Told

_FOR = {
    "instruction_v1": "Supervised fine-tuning of assistants in this domain.",
    "preference_v1": "Preference optimisation (DPO and its kin) and reward models in this domain.",
    "eval_v1": "Evaluation of models in this domain, by the metrics that each row names.",
}
_BEWARE = {
    "preference_v1": "The scores are those of a language model, not of people; see its audit above for how often it "
    "contradicted itself and preferred the longer response.",
    "eval_v1": "The ideal outputs were written by a language model and verified by a second answer of the same model: "
    "what it gets wrong every time stays wrong, and a model of the same family may score too well.",
}
_METHODS = {
    "": (
        ("attributes in the prompt", "Yu et al. 2023, LLM as Attributed Training Data Generator", "2306.15895"),
        ("several ideas in one answer", "Zhang et al. 2025, Verbalized Sampling", "2510.01171"),
        ("near-duplicates", "Broder 1997, On the resemblance and containment of documents", ""),
        ("distinct-n", "Li et al. 2016, A Diversity-Promoting Objective Function", "1510.03055"),
        ("compression ratio", "Shaib et al. 2024, Standardizing the Measurement of Text Diversity", "2403.00553"),
        ("self-repetition", "Salkar et al. 2022, Self-Repetition in Abstractive Neural Summarizers", "2210.08145"),
    ),
    "preference_v1": (
        ("a judge asked in both orders", "Zheng et al. 2023, Judging LLM-as-a-Judge", "2306.05685"),
        ("a floor under the rejected response", "Xiao et al. 2025, Finding the Sweet Spot", "2502.16825"),
        ("a floor under the rejected response", "Yu et al. 2025, Survival of the Fittest Prompts", "2501.18578"),
    ),
    "eval_v1": (("F1 of words, exact match", "Rajpurkar et al. 2016, SQuAD", "1606.05250"),),
}


def uses(told: Told) -> list[str]:
    """Intended use, biases and limits."""
    name = told.wanted.resolved.schema.name
    lines = [f"- Intended use: {_FOR[name]}"] if name in _FOR else []
    facts = "come from passages of the source, and were" if told.config.source else "were"
    lines += [
        f"- The model's errors, stereotypes and gaps in this domain are in the rows; facts {facts} not looked up.",
        "- Topics, kinds of task, audiences and styles were planned and spread evenly: real requests are not.",
        "- Names of people and companies were not looked up, either; the check for personal data finds patterns alone.",
    ]
    lines += [f"- {_BEWARE[name]}"] if name in _BEWARE else []
    lines.append("- Tell readers of what you build on them that the rows are synthetic.")
    return lines


def methods(told: Told, name: str) -> list[str]:
    """The papers behind what was used."""
    used = [*_METHODS[""], *_METHODS.get(name, ())]
    if told.config.quality.decontaminate:
        used.append(("contamination by 13-grams", "Brown et al. 2020, GPT-3, appendix C", "2005.14165"))
    lines = [
        f"- {what}: {paper}" + (f" ([{number}](https://arxiv.org/abs/{number}))" if number else "")
        for what, paper, number in used
    ]
    return ["Made with hf\\_synth. Methods:", "", *lines]
