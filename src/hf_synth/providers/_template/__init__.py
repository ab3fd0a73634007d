"""What the `offline` provider answers: sentences from tables, chosen by a digest of the question.

One data file per language (`en.json`, …) holds the sentences; `names.json` what all languages share. In the data,
`{name}` is a place for a value and `[a|b]` a choice between the formal and the casual wording.
"""
