"""Every bad answer an OpenAI-shaped server gives, and the error it becomes: name, answer, error, its attributes."""

from __future__ import annotations

from typing import Any

from hf_synth import errors
from providers.calls import KEY
from servers.base import Answer
from servers.openai_server import completion, error

HTML = "<html><body>502 Bad Gateway</body></html>"


def flat(status: int, message: str, kind: str, code: Any) -> Answer:
    """An error as older vLLM sends it: not nested."""
    return Answer({"object": "error", "message": message, "type": kind, "param": None, "code": code}, status)


STATUSES: list[tuple[str, Answer, type[errors.ProviderError], dict[str, Any]]] = [
    ("429", error(429, "Slow down", "rate_limit_exceeded"), errors.RateLimited, {"retry_after": None}),
    ("429 retry-after", error(429, "Slow", retry_after="7"), errors.RateLimited, {"retry_after": 7.0}),
    ("429 retry-after-ms", error(429, "Slow", retry_after_ms="250"), errors.RateLimited, {"retry_after": 0.25}),
    ("429 long wait", error(429, "Slow", retry_after="600"), errors.RateLimited, {"retry_after": 600.0}),
    (
        "429 reset only",
        error(429, "Slow", x_ratelimit_remaining_tokens="0", x_ratelimit_reset_tokens="6m0s"),
        errors.RateLimited,
        {"retry_after": 360.0},
    ),
    ("429 not json", Answer("slow down", 429), errors.RateLimited, {}),
    ("429 quota", error(429, "You exceeded", "insufficient_quota", "insufficient_quota"), errors.QuotaExhausted, {}),
    ("429 never", error(429, "Request too large for gpt-4o"), errors.RequestRefused, {"cause": "too_large"}),
    ("402", error(402, "Payment required"), errors.QuotaExhausted, {}),
    ("400 credit", error(400, "Your credit balance is too low"), errors.QuotaExhausted, {}),
    ("500", error(500, "The server had an error"), errors.Unavailable, {"maybe_paid": False}),
    ("502 html", Answer(HTML, 502), errors.Unavailable, {"maybe_paid": False}),
    ("503", error(503, "Model is loading", retry_after="3"), errors.Unavailable, {"retry_after": 3.0}),
    ("503 overloaded", error(503, "The engine is currently overloaded"), errors.Overloaded, {}),
    ("504", Answer(HTML, 504), errors.Unavailable, {"maybe_paid": True}),
    ("529", error(529, "Overloaded", retry_after="5"), errors.Overloaded, {"retry_after": 5.0}),
    ("401", error(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"), errors.AuthenticationFailed, {}),
    ("401 masked", error(401, f"Bad key: {KEY[:9]}*****{KEY[-4:]}."), errors.AuthenticationFailed, {}),
    ("403", error(403, "Country not supported"), errors.AuthenticationFailed, {}),
    ("403 model", error(403, "No access", "model_not_found"), errors.ModelNotFound, {}),
    ("404 model", error(404, "The model `gpt-4o` does not exist", "model_not_found"), errors.ModelNotFound, {}),
    ("404 vllm model", flat(404, "The model `x` does not exist.", "NotFoundError", 404), errors.ModelNotFound, {}),
    ("404 ollama", error(404, "model 'x' not found, try pulling it first"), errors.ModelNotFound, {}),
    ("400 litellm model", error(400, "Invalid model name passed in model=x"), errors.ModelNotFound, {}),
    ("400 router model", error(400, "No provider", "model_not_supported"), errors.ModelNotFound, {}),
    ("404 path", error(404, "Not Found"), errors.BadEndpoint, {}),
    ("404 fastapi", Answer({"detail": "Not Found"}, 404), errors.BadEndpoint, {}),
    ("404 html", Answer("<html>nothing here</html>", 404), errors.BadEndpoint, {}),
    ("405", Answer({"detail": "Method Not Allowed"}, 405), errors.BadEndpoint, {}),
    (
        "400 context",
        error(400, "This model's maximum context length is 128000", "context_length_exceeded"),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "400 context vllm",
        flat(400, "This model's maximum context length is 2048 tokens. You requested 3000", "BadRequestError", 400),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "400 context litellm",
        error(400, "litellm.ContextWindowExceededError: too long", "400", "None"),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "400 context llama.cpp",
        error(400, "request exceeds the available context size, try increasing it", 400, "exceed_context_size_error"),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    (
        "422 context tgi",
        Answer({"error": "`inputs` tokens + `max_new_tokens` must be <= 4096", "error_type": "validation"}, 422),
        errors.RequestRefused,
        {"cause": "context_length"},
    ),
    ("400 filter", error(400, "Filtered", "content_filter"), errors.RequestRefused, {"cause": "content_filter"}),
    (
        "400 filter azure",
        Answer({"error": {"message": "m", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, 400),
        errors.RequestRefused,
        {"cause": "content_filter"},
    ),
    ("413", Answer("<html>Too Large</html>", 413), errors.RequestRefused, {"cause": "too_large"}),
    ("422", Answer({"detail": [{"msg": "bad role"}]}, 422), errors.RequestRefused, {"cause": "unprocessable"}),
    ("400 parameter", error(400, "Unsupported value: 'temperature'", "unsupported_value"), errors.RequestInvalid, {}),
    ("400 litellm key", error(400, "No connected db.", "400", "no_db_connection"), errors.AuthenticationFailed, {}),
    ("408", error(408, "Request timeout"), errors.Unavailable, {"maybe_paid": True}),
    ("409", error(409, "Conflict"), errors.Unavailable, {"maybe_paid": False}),
    ("418", Answer("teapot", 418), errors.RequestInvalid, {}),
    ("307", Answer("", 307, {"Location": "https://elsewhere.example/v1"}), errors.BadEndpoint, {}),
    ("304", Answer("", 304), errors.BadEndpoint, {}),
    # 200 and still no answer
    ("200 html", Answer("<html>Log in to the network</html>"), errors.BadEndpoint, {}),
    ("200 text", Answer("Ollama is running"), errors.BadEndpoint, {}),
    ("200 list", Answer([1, 2]), errors.BadEndpoint, {}),
    ("200 empty", Answer(b""), errors.Unavailable, {"maybe_paid": True}),
    ("200 truncated", Answer(b'{"id": "chatcmpl-1", "choi'), errors.Unavailable, {"maybe_paid": True}),
    ("200 not utf-8", Answer(b'{"id": "\xff\xfe"}'), errors.Unavailable, {}),
    ("200 too deep", Answer(b"[" * 100_000), errors.Unavailable, {}),
    ("200 no choices", completion("x", choices=[]), errors.Unavailable, {"maybe_paid": True}),
    ("200 null choices", completion("x", choices=None), errors.Unavailable, {}),
    ("200 error", Answer({"error": {"message": "Upstream", "code": 502}}), errors.Unavailable, {"maybe_paid": False}),
    ("200 error 400", Answer({"error": {"message": "Provider returned error", "code": 400}}), errors.Unavailable, {}),
    ("200 error 429", Answer({"error": {"message": "Slow", "code": 429}}), errors.RateLimited, {}),
    ("200 error 401", Answer({"error": {"message": "No auth", "code": 401}}), errors.AuthenticationFailed, {}),
    ("200 error 402", Answer({"error": {"message": "Credits", "code": 402}}), errors.QuotaExhausted, {}),
    ("200 error quota", Answer({"error": {"message": "m", "code": "insufficient_quota"}}), errors.QuotaExhausted, {}),
    (
        "200 error in choice",
        completion("", choice={"error": {"message": "Upstream died", "code": 502}}),
        errors.Unavailable,
        {},
    ),
    ("200 error as text", Answer({"error": "model crashed"}), errors.Unavailable, {}),
]
