"""What a model call costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.prices.price_steps import PriceFileError
from tracetui.store.prices.price_table import PriceTable, matches
from tracetui.store.prices.pricing import MAX_CACHED_MODELS, Prices, read_price_file

NOW_NS = 1_790_000_000_000_000_000


def cost(prices: Prices, model: str, provider: str | None = None, at_ns: int = NOW_NS, **counts: int) -> float | None:
    columns: dict[str, Any] = {"model": model, "input_tokens": 1_000_000, **counts}
    if provider is not None:
        columns["provider"] = provider
    return prices.cost_usd(columns, at_ns)


def own(**models: Any) -> Prices:
    return Prices(json.dumps({"models": models, "replace": True}))


CARD = {"input": 10, "output": 40, "cache_read": 1, "cache_write": 12.5, "cache_write_1h": 20, "reasoning": 60}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, 10.0),
        ({"output_tokens": 500_000}, 30.0),
        ({"cache_read_tokens": 1_000_000}, 1.0),
        ({"cache_read_tokens": 400_000, "cache_write_tokens": 200_000}, 0.4 + 2.5 + 4.0),
        ({"cache_write_tokens": 200_000, "cache_write_1h_tokens": 50_000}, 8.0 + 1.0 + 0.15 * 12.5),
        ({"output_tokens": 100_000, "reasoning_tokens": 25_000}, 10 + 0.025 * 60 + 0.075 * 40),
    ],
)
def test_each_token_is_priced_once_at_its_own_price(counts: dict[str, Any], expected: float) -> None:
    """Cached tokens cost the cache's price, and not that of input as well."""
    assert cost(own(m=CARD), "m", **counts) == pytest.approx(expected)


@given(
    plain=st.integers(0, 10**6),
    read=st.integers(0, 10**6),
    written=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
)
def test_cost_is_the_sum_over_disjoint_tokens(plain: int, read: int, written: int, output: int) -> None:
    """However the input is divided, the parts add up to the whole."""
    counts = {"input_tokens": plain + read + written, "output_tokens": output}
    counts |= {"cache_read_tokens": read, "cache_write_tokens": written}
    expected = (plain * 10 + read * 1 + written * 12.5 + output * 40) / 1e6
    assert own(m=CARD).cost_usd({"model": "m", **counts}, 0) == pytest.approx(expected)


def test_kind_of_token_without_a_price_has_that_of_input_or_output() -> None:
    """A provider that has no discount for cached tokens charges them as input."""
    plain = own(m={"input": 10, "output": 40})
    assert cost(plain, "m", cache_read_tokens=500_000, output_tokens=10, reasoning_tokens=10) == pytest.approx(10.0004)


def test_no_known_price_is_no_cost_and_not_zero() -> None:
    """Neither for an unknown model nor for a kind of token that has no price; a price of zero is one."""
    assert cost(Prices(), "my-own-model") is None
    assert cost(own(m={"input": 1}), "m", output_tokens=5) is None
    assert cost(own(m=None), "m") is None
    assert cost(own(m={"input": 0, "output": 0}), "m", output_tokens=5) == 0.0
    assert own(m=CARD).cost_usd({"model": "m", "output_tokens": 5}, 0) is None


def test_long_calls_have_the_price_of_their_length() -> None:
    """Beyond the limit the whole call is dearer, as providers charge it."""
    long = own(m={"input": 1, "output": 2, "above": {"200000": {"input": 2}, "1000000": {"input": 4}}})
    assert cost(long, "m", input_tokens=200_000) == pytest.approx(0.2)
    assert cost(long, "m", input_tokens=200_001, output_tokens=1_000_000) == pytest.approx(0.400002 + 2)
    assert cost(long, "m", input_tokens=2_000_000) == pytest.approx(8)


def test_price_is_that_of_the_day_and_hour_of_the_call() -> None:
    """A trace of last year costs what it cost then."""
    day_ns = 86_400_000_000_000
    changed = own(m=[{"input": 2}, {"from": "1970-01-03", "input": 1}, {"utc": ["23:00", "01:00"], "input": 0.5}])
    assert cost(changed, "m", at_ns=day_ns // 2) == 2
    assert cost(changed, "m", at_ns=day_ns * 2 + day_ns // 2) == 1
    assert cost(changed, "m", at_ns=day_ns * 2 + 60_000_000_000) == 0.5


@pytest.mark.parametrize(
    ("model", "provider", "same_as"),
    [
        ("gpt-4o-2024-08-06", "openai", ("gpt-4o", "openai")),
        ("gpt-4o", None, ("gpt-4o", "openai")),
        ("GPT-4o", "OpenAI", ("gpt-4o", "openai")),
        ("openai/gpt-4o", None, ("gpt-4o", "openai")),
        ("openai:gpt-4o", None, ("gpt-4o", "openai")),
        ("openai:/gpt-4o", None, ("gpt-4o", "openai")),
        ("gpt-4o-2031-01-01", "openai", ("gpt-4o", "openai")),
        ("gpt-4o-2024-08-06", "az.ai.openai", ("gpt-4o", "openai")),
        ("gpt-4o-2024-08-06", "azure.ai.openai", ("gpt-4o", "openai")),
        ("gpt-4o", "langchain", ("gpt-4o", "openai")),
        ("models/gemini-2.5-pro", None, ("gemini-2.5-pro", "google")),
        ("vertex_ai/gemini-2.5-pro", None, ("gemini-2.5-pro", "google")),
        (
            "projects/p/locations/l/publishers/google/models/gemini-2.5-pro",
            "gcp.vertex_ai",
            ("gemini-2.5-pro", "google"),
        ),
        ("gemini-2.5-pro", "gcp.gemini", ("gemini-2.5-pro", "google")),
        ("claude-3-5-sonnet-20240620", "anthropic", ("claude-3-5-sonnet", "anthropic")),
        ("claude-3-5-sonnet@20240620", "vertex_ai", ("claude-3-5-sonnet", "anthropic")),
        ("anthropic/claude-3-5-sonnet-latest", "litellm", ("claude-3-5-sonnet", "anthropic")),
        ("us.anthropic.claude-3-5-sonnet-20240620-v1:0", None, ("anthropic.claude-3-5-sonnet-20240620-v1:0", "aws")),
        ("bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0", None, ("claude-3-5-sonnet-20240620", "aws.bedrock")),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-5-sonnet-20240620-v1:0",
            "aws.bedrock",
            ("claude-3-5-sonnet-20240620", "aws.bedrock"),
        ),
        ("deepseek-chat", "openai", ("deepseek-chat", "deepseek")),
    ],
)
def test_model_is_known_by_the_names_that_programs_use(
    model: str, provider: str | None, same_as: tuple[str, str]
) -> None:
    """Dated, prefixed, as Bedrock, Azure and Vertex spell them, and with the client's provider in front."""
    found = cost(Prices(), model, provider, output_tokens=1_000)
    assert found is not None
    assert found == cost(Prices(), *same_as, output_tokens=1_000)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("deepseek-r1:7b", "openai"),
        ("deepseek-r1", "ollama"),
        ("ollama/deepseek-r1", None),
        ("gpt-oss:latest", None),
        ("ours/gpt-4o-tuned", None),
        ("gpt-4o-tuned-by-us", "vllm"),
        ("", None),
    ],
)
def test_local_and_unknown_models_have_no_cost(model: str, provider: str | None) -> None:
    """Models on the user's own machine have no price per token, by any name."""
    assert cost(Prices(), model, provider) is None


def test_own_prices_go_before_the_built_in_ones(tmp_path: Path) -> None:
    """A file of one's own adds models and changes prices; with `replace` it is all there is."""
    file = tmp_path / "prices.json"
    file.write_text('{"models": {"gpt-4o": {"input": 1}, "house-*|lab/x": {"input": 3}, "gpt-4": null}}')
    prices = Prices(file)
    assert cost(prices, "openai/gpt-4o-2024-08-06", "openai") == 1
    assert cost(prices, "house-7") == cost(prices, "lab/x") == 3
    assert cost(prices, "gpt-4", "openai") is None
    assert cost(prices, "gpt-4o-mini") == cost(Prices(), "gpt-4o-mini")
    file.write_text('{"models": {"gpt-4o": {"input": 1}}, "replace": true}')
    assert cost(Prices(file), "gpt-4o-mini") is None


def test_exact_name_goes_before_a_pattern() -> None:
    """In any order of the file."""
    assert cost(own(**{"m*": {"input": 1}, "m-1": {"input": 2}}), "m-1") == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "must be an object"),
        ('{"model": {}}', "unknown key 'model'; there are models"),
        ('{"models": {"m": 3}}', "models.m is 3"),
        ('{"models": {"m": {"input": "3"}}}', "models.m.input is '3'; it must be a number"),
        ('{"models": {"m": {"input": -1}}}', "models.m.input is -1"),
        ('{"models": {"m": {"inputs": 1}}}', "unknown key 'inputs'; prices are input, output"),
        ('{"models": {"m": [{"from": "1.7.", "input": 1}]}}', "models.m.from is '1.7.'; it must be a date"),
        ('{"models": {"m": [{"utc": ["1", "2"], "input": 1}]}}', "models.m.utc is"),
        ('{"models": {"m": [{"utc": 5, "input": 1}]}}', "models.m.utc is"),
        ('{"models": {"m": {"input": 1, "above": {"many": {"input": 1}}}}}', "'many' is not a number of input tokens"),
        ('{"providers": {"p": {"names": "p"}}}', "providers.p.names is 'p'; it must be a list"),
    ],
)
def test_an_invalid_price_file_raises_its_place_and_the_correction(tmp_path: Path, text: str, says: str) -> None:
    """The host gets no error: the tracer warns once and uses the built-in prices."""
    file = tmp_path / "own.json"
    file.write_text(text)
    with pytest.raises(PriceFileError) as error:
        read_price_file(file)
    assert str(file) in str(error.value)
    assert says in str(error.value)
    told: list[str] = []
    prices = Prices(file, told.append)
    assert cost(prices, "gpt-4o") == cost(Prices(), "gpt-4o")
    assert len(told) == 1
    assert "the built-in prices are used" in told[0]


def test_a_missing_price_file_warns_once(tmp_path: Path) -> None:
    """By its path."""
    told: list[str] = []
    prices = Prices(tmp_path / "none.json", told.append)
    assert [cost(prices, "gpt-4o"), cost(prices, "gpt-4")] == [cost(Prices(), "gpt-4o"), cost(Prices(), "gpt-4")]
    assert told == [
        f"cannot read the price file {tmp_path / 'none.json'}: No such file or directory; the built-in prices are used"
    ]


def test_names_made_from_data_do_not_fill_memory() -> None:
    """What is remembered is bounded."""
    prices = own(m=CARD)
    for number in range(3 * MAX_CACHED_MODELS):
        cost(prices, f"m-{number}")
    assert prices.cached_models() <= MAX_CACHED_MODELS


def test_built_in_prices_are_all_readable_and_say_where_they_are_from() -> None:
    """Source, licence and date are in the file."""
    text = (Path(read_price_file.__code__.co_filename).parent / "prices.json").read_text()
    PriceTable(text, "prices.json").check()
    head = json.loads(text)
    assert "genai-prices" in head["source"]
    assert "MIT" in head["source"]
    assert len(head["date"]) == len("2026-11-22")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_patterns_match_as_shells_do(pattern: str, text: str) -> None:
    """The short ways agree with the long one."""
    from fnmatch import fnmatchcase

    assert matches(pattern, text) == fnmatchcase(text, pattern)


TIERED = {
    "input": 10,
    "output": 40,
    "cache_read": 1,
    "above": {"200000": {"input": 20, "cache_read": 2}},
    "tiers": {
        "flex": {"input": 5, "output": 20},
        "batch": [{"input": 4, "output": 16}, {"from": "2026-10-01", "input": 5, "output": 20}],
        "priority": {"from": "2026-10-01", "input": 20, "output": 80},
    },
}


def test_a_call_has_the_price_of_its_service_tier() -> None:
    """A tier that is not in the table, or was not at that time, has no cost: the list price would be a wrong one."""
    prices = own(m=TIERED)

    def at(tier: str, at_ns: int = NOW_NS, **counts: int) -> float | None:
        columns = {"model": "m", "input_tokens": 100_000, "service_tier": tier, **counts}
        return prices.cost_usd(columns, at_ns)

    assert at("standard") == pytest.approx(1.0)
    assert at("flex") == pytest.approx(0.5)
    assert at("flex", cache_read_tokens=100_000) == pytest.approx(0.1)
    assert at("flex", input_tokens=300_000, cache_read_tokens=300_000) == pytest.approx(0.6)
    assert at("flex", input_tokens=300_000) == pytest.approx(1.5)
    assert at("batch") == pytest.approx(0.4)
    assert at("batch", at_ns=NOW_NS + 10**16) == pytest.approx(0.5)
    assert at("priority") is None
    assert at("scale") is None


def test_groqs_flex_tier_has_the_list_price() -> None:
    """And what others serve so has less, or none that is known."""
    counts = {"input_tokens": 1_000_000, "service_tier": "flex"}
    prices = Prices()
    columns: dict[str, Any] = {"model": "llama-3.3-70b-versatile", "provider": "groq", **counts}
    listed = prices.cost_usd({**columns, "service_tier": "standard"}, NOW_NS)
    assert prices.cost_usd(columns, NOW_NS) == listed
    assert prices.cost_usd({"model": "gpt-4o", **counts}, NOW_NS) is None


def test_speech_and_pictures_have_prices_of_their_own() -> None:
    """What is read from the cache of them as well."""
    rates = {"input": 1, "output": 2, "cache_read": 0.5, "input_audio": 10, "output_audio": 20}
    prices = own(m={**rates, "input_image": 5, "output_image": 30, "cache_read_audio": 4})
    tokens = {"input_tokens": 1_000_000, "output_tokens": 1_000_000}
    heard = {"input_audio_tokens": 400_000, "cache_read_tokens": 200_000, "cache_read_audio_tokens": 100_000}
    assert prices.cost_usd({"model": "m", **tokens, **heard}, 0) == pytest.approx(
        0.1 * 4 + 0.1 * 0.5 + 0.3 * 10 + 0.5 * 1 + 2
    )
    drawn = {"output_image_tokens": 900_000, "output_audio_tokens": 50_000, "input_image_tokens": 100_000}
    assert prices.cost_usd({"model": "m", **tokens, **drawn}, 0) == pytest.approx(
        0.1 * 5 + 0.9 * 1 + 0.9 * 30 + 0.05 * 20 + 0.05 * 2
    )


def test_the_version_that_answered_is_priced_before_the_model_that_was_asked_for() -> None:
    """An alias may mean a cheaper version; an unknown version has the price of the requested model."""
    prices = own(alias={"input": 1}, **{"alias-2": {"input": 3}})
    columns = {"model": "alias", "input_tokens": 1_000_000}
    assert prices.cost_usd({**columns, "response_model": "alias-2"}, 0) == pytest.approx(3)
    assert prices.cost_usd({**columns, "response_model": "other"}, 0) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["LLM", "CHAT_MODEL"])
def test_an_answer_without_output_tokens_has_no_cost(kind: str) -> None:
    """The price of the prompt alone would be too low; a count of 0, and a call without output, have theirs."""
    prices = own(m=CARD)
    asked = {"model": "m", "input_tokens": 1_000_000}
    assert prices.cost_usd(asked, 0, kind) is None
    assert prices.cost_usd({**asked, "output_tokens": 0}, 0, kind) == 10
    assert prices.cost_usd(asked, 0, "EMBEDDING") == 10
    assert own(m={"input": 10}).cost_usd(asked, 0, kind) == 10
