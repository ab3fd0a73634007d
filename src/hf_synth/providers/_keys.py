"""Which key goes where, and how it is kept out of every text.

The SDKs send the key of the environment to any base URL (measured), so that a config from elsewhere could
collect it. Here a key is found by rule instead, and always handed to the SDK explicitly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies

from hf_synth.errors import AuthenticationFailed, ConfigError
from hf_synth.protocols import ProviderKind
from hf_synth.types import Endpoint

OFFLINE = "or try it without a key: models.generator = 'offline' (--generator offline)."
_GRAM = 8
_SHAPES = re.compile(
    r"""\b(?:sk-|sk_|gsk_|xai-|hf_)[A-Za-z0-9*._-]{6,}         # the forms keys of known services have
    |\bBearer\s+[^\s'",]{6,}
    |[^\s'"`,;:(]*\*{3,}[^\s'"`,;:)]*                           # a server's own masking leaves both ends
    """,
    re.VERBOSE | re.IGNORECASE,
)


def address(url: str) -> str:
    """`host` or `host:port` of a URL, for messages: never its credentials."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "no address"
    except ValueError:
        return "no address"


def check_url(url: str) -> None:
    """Refuse what is no address. Base URLs of the environment come here unchecked.

    Raises:
        ConfigError: no http(s), no host, no port, or credentials, which would be sent in place of the key.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.username is None and parts.password is None
    except ValueError:
        usable = False
    if not usable:
        shown = re.sub(r"[^/]*@", "…@", url)
        raise ConfigError(f"base_url {shown!r} is no plain http(s) address.", hint="Use one such as 'https://host/v1'.")


def is_loopback(url: str) -> bool:
    """Whether a URL stays on this machine: 127.0.0.0/8, ::1 or `localhost`."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def leaks_through_proxy(key: str | None, url: str) -> bool:
    """Whether a key meant for plain http on this machine would travel to a proxy on another one."""
    if key is None or urlsplit(url).scheme == "https":
        return False
    proxies = getproxies()
    return any(not is_loopback(proxies[name]) for name in ("http", "all") if proxies.get(name))


def is_own_host(kind: ProviderKind, url: str) -> bool:
    """Whether a URL is the provider's own: same scheme, host and port as its default."""
    own, other = urlsplit(kind.default_base_url or ""), urlsplit(url)
    return (own.scheme, own.hostname, own.port or 443) == (other.scheme, other.hostname, other.port or 443)


def key_variable(kind: ProviderKind, endpoint: Endpoint, env: Mapping[str, str]) -> str | None:
    """The variable whose key may go to this endpoint; `None` where no key may."""
    if endpoint.api_key_env:
        return endpoint.api_key_env
    url = endpoint.base_url or kind.default_base_url
    if kind.api_key_env is None or url is None:
        return None
    from_env = env.get(kind.base_url_env or "", "").strip()
    chosen_by_user = not endpoint.configured and bool(from_env) and address(from_env) == address(url)
    return kind.api_key_env if is_own_host(kind, url) or chosen_by_user else None


def find_key(kind: ProviderKind, endpoint: Endpoint, env: Mapping[str, str]) -> str | None:
    """The key for an endpoint, before any call is made.

    A provider's default key goes to its own host, or to the base URL that the user set in the environment.
    To any other base URL goes the key that `endpoint.api_key_env` names, and none if it names none.

    Args:
        kind: the provider.
        endpoint: where the call goes.
        env: the environment, `os.environ` as a rule.

    Returns:
        The key, or `None` for a server that is asked without one.

    Raises:
        ConfigError: the base URL is no address, or a key would travel over plain http to another machine.
        AuthenticationFailed: the variable is not set, or holds what cannot be a key.
    """
    url = endpoint.base_url or kind.default_base_url or ""
    if url:
        check_url(url)
    name = key_variable(kind, endpoint, env)
    if name is None:
        return None
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        raise ConfigError(
            f"base_url {url!r}: the key in {name} would travel unencrypted to {address(url)}.",
            hint="Use https, or a server on this machine (localhost).",
        )
    if not env.get(name, "").strip():
        _refuse(endpoint, url, f"no key: the environment variable {name} is not set.", f"Set {name}, {OFFLINE}")
    if not re.fullmatch(r"[!-~]+", env[name].strip()):
        _refuse(endpoint, url, f"{name} holds spaces or characters that no key has.", f"Set {name} anew, {OFFLINE}")
    return env[name].strip()


def _refuse(endpoint: Endpoint, url: str, what: str, hint: str) -> NoReturn:
    raise AuthenticationFailed(f"{endpoint.provider} model {endpoint.model!r} at {address(url)}: {what}", hint=hint)


def redact(text: str, key: str | None) -> str:
    """A server's text without the key, any run of 8 of its characters, and whatever else looks like a key.

    Servers echo keys, whole or masked in the middle, in any case of letters.
    """
    if key and len(key) >= 4:
        text = _without_runs(text, key.lower(), min(_GRAM, len(key)))
    return _SHAPES.sub("[redacted]", text)


def _without_runs(text: str, key: str, size: int) -> str:
    grams = {key[i : i + size] for i in range(len(key) - size + 1)}
    lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    kept, at, end = list[str](), 0, len(text)
    while at < end:
        if lowered[at : at + size] not in grams:
            kept.append(text[at])
            at += 1
            continue
        stop = at + size
        while stop < end and lowered[stop - size + 1 : stop + 1] in grams:
            stop += 1
        kept.append("[redacted]")
        at = stop
    return "".join(kept)
