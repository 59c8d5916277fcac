"""Make `store/prices/prices.json` from the PyPI package genai-prices (Pydantic, MIT), in an environment of its own.

    python3 -m venv /tmp/prices && /tmp/prices/bin/pip install genai-prices
    /tmp/prices/bin/python tests/prices/make_prices.py store/prices/prices.json

What the package knows of services without tokens (searches, hours of audio, pages) is left out. It checks its own
work: every id of every model must cost what the package says it costs, at every service tier.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers

# In this order: the first whose names or models match counts. `names` are what SDKs call the provider (one without
# a star is also a prefix of models, as in openai/gpt-4o), `owns` are models that belong to it without being told.
PROVIDERS: dict[str, dict[str, list[str]]] = {
    "azure": {"names": ["azure", "azure_ai", "azure*", "az.ai.*"], "owns": []},
    "aws": {
        "names": ["aws", "bedrock", "amazon", "aws*", "*bedrock*", "amazon*"],
        "owns": [
            "*anthropic.claude*",
            "amazon.*",
            "*.amazon.*",
            "meta.llama*",
            "*.meta.llama*",
            "cohere.command*",
            "mistral.mi*",
            "*.mistral.mi*",
            "arn:aws:bedrock*",
        ],
    },
    "google": {
        "names": ["google", "gemini", "vertex_ai", "google*", "gcp*", "*vertex*", "*gemini*"],
        "owns": ["gemini*"],
    },
    "openrouter": {"names": ["openrouter", "openrouter*"], "owns": []},
    "openai": {
        "names": ["openai", "text-completion-openai", "*openai*"],
        "owns": ["gpt-*", "o[134]*", "chatgpt-*", "text-embedding-*", "ft:gpt-*", "whisper-1", "tts-1*"],
    },
    "anthropic": {"names": ["anthropic", "*anthropic*"], "owns": ["claude*"]},
    "mistral": {
        "names": ["mistral", "mistralai", "mistral*"],
        "owns": [
            "mistral-*",
            "codestral*",
            "devstral*",
            "magistral*",
            "ministral*",
            "pixtral*",
            "open-mistral*",
            "open-mixtral*",
            "voxtral*",
        ],
    },
    "cohere": {"names": ["cohere", "cohere*"], "owns": ["command-*"]},
    "deepseek": {"names": ["deepseek", "deepseek*"], "owns": ["deepseek-*"]},
    "x-ai": {"names": ["x-ai", "xai", "x_ai", "grok"], "owns": ["grok-*"]},
    "groq": {"names": ["groq", "groq*"], "owns": []},
    "together": {"names": ["together", "together_ai", "together*"], "owns": []},
    "fireworks": {"names": ["fireworks", "fireworks_ai", "fireworks*"], "owns": ["accounts/fireworks/*"]},
    "moonshotai": {"names": ["moonshot", "moonshotai", "moonshot*"], "owns": ["kimi*", "moonshot*"]},
    "perplexity": {"names": ["perplexity", "perplexity*"], "owns": []},
    "voyageai": {"names": ["voyage", "voyageai", "voyage*"], "owns": ["voyage-*"]},
    "cerebras": {"names": ["cerebras", "cerebras*"], "owns": []},
    "minimax": {"names": ["minimax", "minimax*"], "owns": ["minimax-m*"]},
    "zhipuai": {"names": ["zhipuai", "zhipu*", "zai", "z.ai", "z-ai"], "owns": ["glm-*"]},
}
FALLS_BACK = {"azure": ["openai", "anthropic", "deepseek", "x-ai"], "google": ["anthropic"]}

UNPRICED = {
    "providers": ["ollama", "ollama*", "lmstudio", "lm*studio*", "vllm", "vllm*", "llamafile", "llama*cpp*", "local*"],
    "models": ["*:latest", "*:[0-9]b*", "*:[0-9][0-9]b*", "*:[0-9].[0-9]b*", "*.gguf"],
}

RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "input_audio_mtok": "input_audio",
    "output_audio_mtok": "output_audio",
    "input_image_mtok": "input_image",
    "output_image_mtok": "output_image",
    "cache_audio_read_mtok": "cache_read_audio",
    "cache_image_read_mtok": "cache_read_image",
}

TIERS = {
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
    ("processing", "batch"): "batch",
}
"""What a variant of a price is for, in the package and in answers."""

AT_LIST_PRICE = {"groq": ["flex"]}
"""Service tiers that cost what the standard one costs: https://console.groq.com/docs/flex-processing"""

AUDIO: dict[str, dict[str, float]] = {
    "gpt-4o-audio-preview-2024-10-01": {"input": 2.5, "output": 10, "input_audio": 100, "output_audio": 200},
    "gpt-4o-audio-preview": {"input_audio": 40, "output_audio": 80},
    "gpt-4o-mini-audio-preview": {"input_audio": 10, "output_audio": 20},
}
"""Of OpenAI, what the package lacks: https://developers.openai.com/api/docs/models/gpt-4o-audio-preview"""


def patterns(clause: Any) -> Iterator[str]:
    """A clause of the package as patterns with stars. Dated names need none: readers try names without their date."""
    match clause:
        case types.ClauseEquals():
            yield clause.equals
        case types.ClauseStartsWith():
            yield f"{clause.starts_with}*"
        case types.ClauseEndsWith():
            yield f"*{clause.ends_with}"
        case types.ClauseContains():
            yield f"*{clause.contains}*"
        case types.ClauseOr():
            for part in clause.or_:
                yield from patterns(part)
        case types.ClauseAnd():  # a beginning, and no speech: models of speech have exact names, which go first
            yield from (found for part in clause.and_ for found in patterns(part))
        case types.ClauseRegex():
            text = re.sub(r"\\([.])", r"\1", clause.regex)
            if text.startswith("^(?!") or text.endswith((r"\d{8}$", r"\d{4}-\d{2}-\d{2}$")):
                return
            assert re.fullmatch(r"\^[\w./-]+-\\d", text), clause.regex
            yield text.removeprefix("^").removesuffix(r"\d") + "[0-9]*"


def rates(prices: types.ModelPrice) -> dict[str, Any]:
    """Prices in US dollars per million tokens."""
    found: dict[str, Any] = {}
    above: dict[str, dict[str, float]] = {}
    for theirs, ours in RATES.items():
        price = getattr(prices, theirs)
        if isinstance(price, types.TieredPrices):
            for tier in price.tiers:
                above.setdefault(str(tier.start), {})[ours] = float(tier.price)
            price = price.base
        if price is not None:
            found[ours] = float(price)
    if above:
        found["above"] = above
    return found


def tiers(model: types.ModelInfo, provider: str) -> dict[str, Any]:
    """What differs at each service tier; where that has changed, a list like that of the prices themselves."""
    found: dict[str, Any] = {name: [{}] for name in AT_LIST_PRICE.get(provider, ())}
    for variant in reversed(model.price_variants or ()):  # the first whose condition holds counts there, the last here
        if (name := tier_of(variant)) is not None:
            condition = {}
            if isinstance(variant.constraint, types.StartDateConstraint):
                condition = {"from": variant.constraint.start_date.isoformat()}
            found[name] = [*found.get(name, []), condition | rates(variant.prices)]
    shortened = {name: listed[0] if len(listed) == 1 else listed for name, listed in found.items()}
    return {"tiers": shortened} if shortened else {}


def tier_of(variant: types.PriceVariant) -> str | None:
    """The service tier that a variant is for; None for one that is for something else."""
    return TIERS.get(next(iter(variant.when.items()))) if len(variant.when) == 1 else None


def steps(model: types.ModelInfo, provider: str) -> Any:
    """One price, or the list of them: the last whose condition holds counts."""
    beside: dict[str, Any] = tiers(model, provider) | (AUDIO.get(model.id, {}) if provider == "openai" else {})
    if isinstance(model.prices, types.ModelPrice):
        return rates(model.prices) | beside
    listed = []
    for step in model.prices:
        condition: dict[str, Any] = {}
        if isinstance(step.constraint, types.StartDateConstraint):
            condition = {"from": step.constraint.start_date.isoformat()}
        elif isinstance(step.constraint, types.TimeOfDateConstraint):
            at = step.constraint
            condition = {"utc": [f"{at.start_time:%H:%M}", f"{at.end_time:%H:%M}"]}
        listed.append(condition | rates(step.prices) | beside)
    return listed


def short(value: Any) -> Any:
    """Whole dollars without `.0`."""
    if isinstance(value, dict):
        return {key: short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [short(item) for item in value]
    return int(value) if isinstance(value, float) and value == int(value) else value


def make() -> dict[str, Any]:
    """The document."""
    known = {provider.id: provider for provider in providers}
    document: dict[str, Any] = {
        "format": "tracetui.prices",
        "version": 1,
        "source": f"genai-prices {version('genai-prices')}, https://github.com/pydantic/genai-prices, MIT licence",
        "date": date.today().isoformat(),
        "unit": "US dollars per million tokens",
        "unpriced": UNPRICED,
        "providers": {},
    }
    for id, rules in PROVIDERS.items():
        models: dict[str, Any] = {name: price for name, price in AUDIO.items() if id == "openai" and "input" in price}
        for model in known[id].models:
            price = steps(model, id)
            if not any("input" in step or "output" in step for step in (price if isinstance(price, list) else [price])):
                continue
            names = list(dict.fromkeys(name.lower() for name in patterns(model.match)))
            names = [
                name
                for name in names
                if not any(
                    name != f and f.endswith("*") and "*" not in f[:-1] and name.startswith(f[:-1]) for f in names
                )
            ]
            if names:
                models.setdefault("|".join(names), short(price))
        entry: dict[str, Any] = dict(rules)
        if id in FALLS_BACK:
            entry["falls_back_on"] = FALLS_BACK[id]
        document["providers"][id] = entry | {"models": models}
    return document


def text(document: dict[str, Any]) -> str:
    """JSON with a line for each model, for readable differences."""

    def flat(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=True)

    lines = [f'"{key}":{flat(value)}' for key, value in document.items() if key != "providers"]
    blocks = []
    for id, provider in document["providers"].items():
        head = [f'"{key}":{flat(value)}' for key, value in provider.items() if key != "models"]
        models = ",\n".join(f"{flat(name)}:{flat(price)}" for name, price in provider["models"].items())
        blocks.append(f'"{id}":{{' + ",".join(head) + ',"models":{\n' + models + "\n}}")
    return "{\n" + ",\n".join(lines) + ',\n"providers":{\n' + ",\n".join(blocks) + "\n}}\n"


def check(path: Path) -> int:
    """Compare the table, as the product reads it, with the package; how many names were compared."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from store.prices.pricing import Prices

    prices = Prices(path)
    moment = datetime.now(UTC)
    compared = 0
    for provider in (one for one in providers if one.id in PROVIDERS):
        for model in provider.models:
            names = {name for name in (model.id, *patterns(model.match)) if "*" not in name and "[" not in name}
            for name in names:
                found = provider.find_model(name)
                if found is None:
                    continue
                columns = {"model": name, "provider": provider.id, "input_tokens": 1_000, "output_tokens": 500}
                columns |= {"cache_read_tokens": 300, "cache_write_tokens": 200}
                usage = types.Usage(
                    input_tokens=1_000, output_tokens=500, cache_read_tokens=300, cache_write_tokens=200
                )
                ours = prices.cost_usd(columns, int(moment.timestamp() * 1e9))
                price = found.get_prices(moment)
                if price.input_mtok is None or price.output_mtok is None or price.requests_kcount is not None:
                    continue
                theirs = float(price.calc_price(usage)["total_price"])
                compared += 1
                if ours is None or abs(ours - theirs) > 1e-9:
                    print(f"{provider.id} {name}: {ours} here, {theirs} there ({found.id})", file=sys.stderr)
                for variant in found.price_variants or ():
                    tier = tier_of(variant)
                    if tier is None or (variant.constraint and not variant.constraint.active(moment)):
                        continue
                    ours = prices.cost_usd(columns | {"service_tier": tier}, int(moment.timestamp() * 1e9))
                    price = found.get_prices(moment, variant.when)
                    theirs = float(price.calc_price(usage)["total_price"])
                    compared += 1
                    if ours is None or abs(ours - theirs) > 1e-9:
                        print(f"{provider.id} {name} at {tier}: {ours} here, {theirs} there", file=sys.stderr)
    return compared


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(text(make()), encoding="ascii")
    print(f"{target}: {target.stat().st_size} bytes, {check(target)} names compared")
