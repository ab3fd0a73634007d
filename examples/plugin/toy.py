"""A provider: one request in, one reply out. It never retries, sleeps or counts; that is the engine's work.

This one knows three sentences about bread. What fails, a provider raises as a class of `hf_synth.errors`.
"""

import json

from hf_synth.types import Reply, Usage


class Toy:
    async def complete(self, request, dialect, timeout):
        text = write(request)  # here you call your server: once, within `timeout` seconds
        sizes = sum(len(message.content) for message in request.messages) // 4, len(text) // 4
        return Reply(text, "stop", Usage(*sizes, estimated=True), model="toy-1")

    async def close(self):
        pass


def write(request):  # `request.shape.schema` is the JSON schema of the answer, `request.shape` None for plain text
    if request.shape is None:
        return "Knead it for ten minutes, then let it rest! The dough should double in size under a damp cloth."
    if "topics" in request.shape.schema["properties"]:
        return json.dumps({"topics": ["bread", "rolls"], "task_types": ["explain"], "audiences": ["a baker"]})
    asked = [f"How long do I knead loaf {request.seed % 10**6 + n}?" for n in range(5)]
    return json.dumps({"system_prompt": "You bake.", "instructions": asked})


class ToyKind:
    name, models, dialects, params = "toy", ("toy-1",), ("json_schema",), {"temperature": "number"}
    default_base_url = base_url_env = api_key_env = prices = None  # no network, no key, no price

    def connect(self, endpoint, key, options):
        return Toy()


PROVIDER = ToyKind()
