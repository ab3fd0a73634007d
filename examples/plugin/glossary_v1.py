"""A schema: terms of a domain with their definitions. It asks roles and makes candidates; it calls nobody itself."""

from dataclasses import asdict

from pydantic import BaseModel

from hf_synth.types import Brief, Candidate, Idea, Message


class Row(BaseModel):  # the columns, in order
    term: str
    definition: str


class Term(BaseModel):
    term: str


class Terms(BaseModel):  # what a draft answers: one idea for each slot of the cell
    ideas: list[Term]


class Glossary:
    name, version, roles, key, calls_per_row = "glossary_v1", 1, ("generator",), "term", 1
    row = Row

    def trl(self, row):
        return {
            "prompt": [{"role": "user", "content": f"Define {row['term']}."}],
            "completion": [{"role": "assistant", "content": row["definition"]}],
        }

    async def draft(self, config, cell, ask):
        details = {"schema": self.name, "topic": cell.topic.title, "slots": [asdict(slot) for slot in cell.slots]}
        brief = Brief("draft", config.domain, config.constraints.language, details)
        wish = Message("user", f"Name {len(cell.slots)} terms of {config.domain}: {cell.topic.title}.")
        value, _ = await ask.data("generator", [wish], Terms, max_tokens=500, brief=brief)
        pairs = zip(value.ideas, cell.slots, strict=False)  # a model may give fewer ideas than it was asked for
        return [Idea(number, slot, {"term": idea.term}) for number, (idea, slot) in enumerate(pairs)]

    async def complete(self, config, cell, idea, ask):
        term, limit = idea.fields["term"], config.constraints.max_tokens
        brief = Brief("respond", config.domain, config.constraints.language, {"prompt": term})
        wish = Message("user", f"Define {term} ({config.domain}) in one sentence.")
        answer = await ask.text("generator", [wish], max_tokens=limit, brief=brief)
        return Candidate({"term": term, "definition": answer.text}, key_text=term, responses=(answer.text,))


SCHEMA = Glossary()
