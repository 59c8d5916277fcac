"""Secrets in lines that people and programs write: headers, pairs, entries of manifests, command lines."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui.tracer import start_span
from tracetui.tracer.redaction import REDACTED, clean, clean_attributes, clean_growing, is_clean
from tracetui.tracer.redaction.byte_search import may_follow
from tracetui.tracer.redaction.partial_text import unfinished_at

BASIC = "dXNlcjpwYXNz"

LINES = [
    (f"GET /\nAuthorization: Basic {BASIC}\nHost: x", "GET /\nAuthorization: [redacted]\nHost: x"),
    ("a\r\nauthorization: token abcdef123\r\nb: c", "a\r\nauthorization: [redacted]\r\nb: c"),
    ("Proxy-Authorization : Basic dXNlcg==\n", "Proxy-Authorization : [redacted]\n"),
    (
        'Authorization: Digest username="Mufasa", response="6629fae4"\nHost: x',
        "Authorization: [redacted]\nHost: x",
    ),
    ("POST /\nX-API-Key: 0123456789abcdefABCD\nHost: x", "POST /\nX-API-Key: [redacted]\nHost: x"),
    ("Cookie: a=b; c=d\nHost: y", "Cookie: [redacted]\nHost: y"),
    ("Set-Cookie: sid=38afes7a8; HttpOnly\nHost: y", "Set-Cookie: [redacted]\nHost: y"),
    (f"curl -H 'Authorization: Basic {BASIC}' https://x", "curl -H 'Authorization: [redacted]' https://x"),
    (f'curl -H "authorization: Basic {BASIC}" https://x', 'curl -H "authorization: [redacted]" https://x'),
    (
        f'sent {{"log": "a\\nAuthorization: Basic {BASIC}\\nHost: x"}} on',
        'sent {"log": "a\\nAuthorization: [redacted]\\nHost: x"} on',
    ),
    ("run --password hunter2 --verbose", "run --password [redacted] --verbose"),
    ("--db-password hunter2", "--db-password [redacted]"),
    ("run --token abc now", "run --token [redacted] now"),
    ("run --api-key=abc -v", "run --api-key=[redacted] -v"),
    ('run --api-key "of mine" -v', 'run --api-key "[redacted]" -v'),
    ('{"cmd": "run --api-key \\"of mine\\" -v"}', '{"cmd":"run --api-key \\"[redacted]\\" -v"}'),
    ('log {"cmd": "run --api-key \\"of mine\\" -v"}', 'log {"cmd": "run --api-key \\"[redacted]\\" -v"}'),
    ('log ["run", "--password", "hunter2", "-v"] end', 'log ["run", "--password", "[redacted]", "-v"] end'),
    ("curl -s -u user:pass https://x", "curl -s -u user:[redacted] https://x"),
    ("curl https://x \\\n  --user 'user:pass' -v", "curl https://x \\\n  --user 'user:[redacted]' -v"),
    (f'sent [["Authorization", "Basic {BASIC}"], ["a", "b"]]', 'sent [["Authorization", "[redacted]"], ["a", "b"]]'),
    (f"[(b'authorization', b'Basic {BASIC}')]", "[(b'authorization', b'[redacted]')]"),
    (
        f'entry {{"name": "Authorization", "value": "Basic {BASIC}"}} of it',
        'entry {"name": "Authorization", "value": "[redacted]"} of it',
    ),
    ("call {'auth': ('user', 'pw')} made", "call {'auth': ('user', '[redacted]')} made"),
    ("export SECRET_1=abcdefgh", "export SECRET_1=[redacted]"),
]


@pytest.mark.parametrize(("text", "shown"), LINES)
def test_secrets_in_lines_are_cut_out_exactly(text: str, shown: str) -> None:
    """The value goes to the end of its line, its quotes or its word; name, scheme of the line and the rest stay."""
    assert clean(text) == shown
    assert clean(shown) == shown
    value = {"log": text, "in a list": [text]}
    assert not is_clean(value, orjson.dumps(value))
    assert clean(value) == {"log": shown, "in a list": [shown]}
    assert clean_attributes({"log": text}) == {"log": shown}


STRUCTURES: list[tuple[Any, Any]] = [
    (["Authorization", f"Basic {BASIC}"], ["Authorization", REDACTED]),
    ({"headers": [["x-api-key", "abc123def"], ["host", "x"]]}, {"headers": [["x-api-key", REDACTED], ["host", "x"]]}),
    (["cookie", "sid=1"], ["cookie", REDACTED]),
    ({"name": "Authorization", "value": "x"}, {"name": "Authorization", "value": REDACTED}),
    ([{"key": "api_key", "value": "x", "type": "text"}], [{"key": "api_key", "value": REDACTED, "type": "text"}]),
    ({"name": "PASSWORD", "n": 1, "value": "x"}, {"name": "PASSWORD", "n": 1, "value": REDACTED}),
    ({"header": "Set-Cookie", "value": "a=b"}, {"header": "Set-Cookie", "value": REDACTED}),
    ({"Name": "DB_PASSWORD", "Value": "x"}, {"Name": "DB_PASSWORD", "Value": REDACTED}),
    (["--password", "hunter2"], ["--password", REDACTED]),
    (["mongo", "-p", "hunter2"], ["mongo", "-p", REDACTED]),
    (["run", "-v", "--token", "abc", "now"], ["run", "-v", "--token", REDACTED, "now"]),
    (["run", "--api-key=abc", "now"], ["run", "--api-key=[redacted]", "now"]),
    (["/usr/bin/curl", "-s", "-u", "user:pass", "x"], ["/usr/bin/curl", "-s", "-u", "user:[redacted]", "x"]),
    ({"pass": "hunter2"}, {"pass": REDACTED}),
    ({"smtp_pass": "hunter2"}, {"smtp_pass": REDACTED}),
    ({"auth": ["user", "pw"]}, {"auth": ["user", REDACTED]}),
    ({"auth": "a1b2c3d4e5"}, {"auth": REDACTED}),
    ({"auth": f"Basic {BASIC}"}, {"auth": REDACTED}),
    ({"SECRET_1": "x", "API_KEY_2": "y"}, {"SECRET_1": REDACTED, "API_KEY_2": REDACTED}),
    ({"TOKEN_3": "abcdefgh12"}, {"TOKEN_3": REDACTED}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "shown"), STRUCTURES)
@pytest.mark.parametrize("form", ["as it is", "deep", "JSON in a string"])
def test_secrets_beside_their_name_are_redacted(value: Any, shown: Any, form: str) -> None:
    """In lists of headers, entries of manifests and arguments, at any depth."""
    if form == "JSON in a string":  # together with what makes one look into it, as other keys do
        whole: Any = {"body": json.dumps([value, {"password": "x"}])}
        expected: Any = {"body": orjson.dumps([shown, {"password": REDACTED}]).decode()}
    elif form == "deep":
        whole, expected = {"a": [{"b": [1, value]}]}, {"a": [{"b": [1, shown]}]}
    else:
        whole, expected = value, shown
    assert not is_clean(whole, orjson.dumps(whole))
    assert clean(whole) == expected
    assert clean(expected) == expected


HARMLESS: list[Any] = [
    ["mysql", "-p", "main"],
    ["ls", "-p", "hunter2"],
    "the password: field is required",
    "key: value and more of it",
    "cookie: a small sweet biscuit",
    "Authorization: required for all endpoints",
    "authorization: the user must log in first",
    "Authorization: Basic authentication is what it needs",
    "Authorization: Bearer $TOKEN, or Bearer <token>",
    "run --token-limit 500 now",
    "run --max-tokens 100 now",
    "use --password to set the password, or --token if there is one",
    "usage: run [--password PASSWORD] [--api-key API_KEY] [--token TOKEN]",
    "run --password $PASSWORD --token ${TOKEN} --api-key <key>",
    "| --- | --- |\n| a | b |\n\n-- \nyours -- as always",
    "docker run -u 1000:1000 image; curl https://x",
    "curl -u $USER:$PASSWORD https://x",
    {"pass": True},
    {"pass": "yes"},
    {"pass": ["test_a", "test_b"], "fail": []},
    {"auth": "basic"},
    {"auth": "oauth2"},
    {"auth": "application_default"},
    {"auth": ["basic", "digest"]},
    {"auth": {"type": "none"}},
    {"name": "temperature", "value": "0.2"},
    {"name": "token", "value": "Hello"},
    {"name": "max_tokens", "value": 100},
    {"name": "password", "value": None},
    {"key": "value", "value": "abc123def456"},
    {"required": ["password", "email"], "properties": ["api_key", "query"]},
    ["token", "id"],
    ["token", "user_id_1"],
    ["Authorization", "Content-Type"],
    'allow_headers=["Authorization", "Content-Type", "X-B3-TraceId"]',
    ["Authorization", "X-Request-Id2"],
    "authorization: user is not authorized",
    "docker login --username foo --password-stdin, then --tokenizer bert --credentials-file=/etc/x.json",
    ["--max-tokens", "100"],
    ["--verbose", "x1234567"],
]


@pytest.mark.parametrize("value", HARMLESS, ids=str)
def test_what_only_speaks_of_secrets_stays(value: Any) -> None:
    """Prose, usage lines, required fields and settings are what one traces for."""
    assert clean(value) == value
    assert clean_attributes({"value": value}) == {"value": value}
    if isinstance(value, dict):
        assert clean_attributes(value) == value
        assert clean({"text": f"got {json.dumps(value)} and {value!r}"}) == {
            "text": f"got {json.dumps(value)} and {value!r}"
        }


@example("':[")
@given(st.text(alphabet="-uto ken:=Cokie,\"'\\ncurlAhzpsw1é\n[]{}", max_size=80))
def test_lines_of_any_form_rest_after_one_pass(text: str) -> None:
    """Half a header, an option without a value, stray quotes: nothing fails, and nothing is cut twice."""
    for around in ("{}", "Authorization: {}", "curl -u a:{}", "--password {}", '["--token", "{}"]', "Cookie: a={}"):
        once = clean(around.format(text))
        assert clean(once) == once


@pytest.mark.parametrize("text", [text for text, _ in LINES] + [json.dumps(value) for value, _ in STRUCTURES])
@pytest.mark.parametrize("form", ["{}", "so {} and\n", "[1, {}, 2]", '{{"a": {}}}'])
def test_a_growing_line_never_shows_what_is_cut_later(text: str, form: str) -> None:
    """However much has arrived, the pieces between what is cut out are pieces of what is shown of the whole."""
    text = form.format(text)
    whole = clean(text)
    is_json = is_json_text(text)
    if is_json:  # then it is written anew, without its spaces
        whole = whole.replace(" ", "")
    for end in range(len(text)):
        shown = clean_growing(text[:end])
        shown = shown.replace(" ", "") if is_json else shown
        assert all(piece in whole for piece in shown.split(REDACTED)), text[:end]
        assert REDACTED in shown or whole.startswith(shown), text[:end]


def is_json_text(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_long_value_in_a_growing_line_is_not_shown() -> None:
    """Also beyond what is held back at most."""
    text = "Cookie: sid=" + "abc1 " * 200
    assert clean_growing(text) == "Cookie: [redacted]"
    assert unfinished_at("plain words, and more of them ") == 30


@given(st.binary(max_size=400), st.sampled_from([b"-", b"'", b"\\"]))
def test_two_bytes_in_a_row_are_never_missed(text: bytes, rare: bytes) -> None:
    """Looking for the rare one first finds every place that looking for both finds."""
    text = text.replace(b"a", rare).replace(b"b", rare * 2).replace(b"c", rare + b":")
    for searched in (text, (rare + b".") * 300 + text):
        for beginning in (b":", b""):
            if (rare + beginning if beginning else rare * 2) in searched:
                assert may_follow(searched, rare, {beginning}, 1)


def test_headers_of_a_request_do_not_reach_the_disk(recorded: Recorded) -> None:
    """As ASGI has them, as bytes in tuples, and as a client of HTTP is called."""
    with start_span("request") as span:
        span.set_inputs({"scope": {"headers": [(b"authorization", f"Basic {BASIC}".encode()), (b"host", b"x")]}})
        span.set_outputs({"auth": ("user", "hunter2"), "argv": ("run", "--password", "hunter2")})
        span.set_attribute("http.request.header", f"Authorization: Basic {BASIC}")
    row = recorded.span("request")
    assert row["inputs"] == {"scope": {"headers": [["authorization", REDACTED], ["host", "x"]]}}
    assert row["outputs"] == {"auth": ["user", REDACTED], "argv": ["run", "--password", REDACTED]}
    assert row["attributes"]["http.request.header"] == f"Authorization: {REDACTED}"
