"""A check: what is wrong with a candidate, or `None`. Its name is the cause in receipts and the switch in `quality`."""


class Shouting:
    name, version = "shouting", 1

    def __call__(self, candidate, config):
        loud = [text for text in candidate.responses if "!" in text]
        return f"an exclamation mark in {loud[0][:40]!r}" if loud else None


CHECK = Shouting()
