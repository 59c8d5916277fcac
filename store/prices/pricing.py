"""Compute the cost of model calls from their tokens.

Prices come from the user's price file and from the built-in `prices.json`; see `price_table`. Each token has one price:
`input_tokens` includes cached tokens (see `token_counts`), which have the price of the cache instead of the price of
input. Without a known price the cost is None, which is not a cost of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .price_steps import LIST_PRICE, Price, PriceFileError, Step
from .price_table import PriceTable

MAX_CACHED_MODELS = 1_024
"""The most cached models: a program that makes names from data must not fill the host's memory."""

AGGREGATE_KINDS = frozenset({"AGENT", "CHAIN", "WORKFLOW", "TASK"})
"""Kinds of spans whose tokens are sums over calls of several models below them: only the calls have a cost."""

_ANSWERING = frozenset({"LLM", "CHAT_MODEL"})

_PARTS = frozenset({
    *("cache_read_tokens", "cache_write_tokens", "input_audio_tokens", "input_image_tokens"),
    *("reasoning_tokens", "output_audio_tokens", "output_image_tokens"),
})  # fmt: skip
"""Columns of tokens that may have a price of their own."""

_UNKNOWN: list[Step] = []


class Prices:
    """The user's prices and the built-in prices, loaded on first use. One thread at a time may use an instance."""

    def __init__(self, own: Path | str | None = None, warn: Callable[[str], None] | None = None) -> None:
        """`own` is the user's price file, or its text if it begins with `{`; `warn` receives an error of the file."""
        self._own = own
        self._warn = warn
        self._tables: list[PriceTable] | None = None
        self._steps_of: dict[tuple[str, str | None, str | None], list[Step]] = {}

    def cost_usd(self, columns: Mapping[str, Any], start_ns: int, kind: str = "UNKNOWN") -> float | None:
        """Return the cost of a call from its normal columns (see `dialects`); None if a price or a count is unknown.

        `kind` is the kind of the span: the response of a text model has output, so a missing count is unknown. The
        price is the price of the version that responded, or otherwise of the requested model.
        """
        get = columns.get
        model = get("model")
        input_tokens = get("input_tokens")
        if model is None or input_tokens is None:
            return None
        response_model, provider = get("response_model"), get("provider")
        try:
            steps = self._steps_of[model, response_model, provider]
        except KeyError:
            steps = self._look_up(model, response_model, provider)
        if not steps:
            return None
        price = steps[0].price if len(steps) == 1 else price_at(steps, start_ns)
        if (tier := get("service_tier")) is not None and tier != LIST_PRICE:
            if (at_tier := price.at_tier(tier, start_ns)) is None:
                return None
            price = at_tier
        if price.above:
            for limit, dearer in price.above:
                if input_tokens > limit:
                    price = dearer
                    break
        output_tokens = get("output_tokens")
        if output_tokens and price.input and price.output and _PARTS.isdisjoint(columns):
            cost: float = input_tokens * price.input + output_tokens * price.output
            return cost
        of_input = _input_usd(price, input_tokens, get)
        if output_tokens is None and price.output and kind in _ANSWERING:
            return None
        if of_input is None or not output_tokens:
            return of_input
        return None if price.output is None else of_input + _output_usd(price, price.output, output_tokens, get)

    def cached_models(self) -> int:
        """Return the number of models whose prices are cached."""
        return len(self._steps_of)

    def _look_up(self, model: str, response_model: str | None, provider: str | None) -> list[Step]:
        if len(self._steps_of) >= MAX_CACHED_MODELS:
            self._steps_of.clear()
        if self._tables is None:
            self._tables = self._load()
        names = (model,) if response_model is None or response_model == model else (response_model, model)
        found = next(
            (
                steps
                for name in names
                for table in self._tables
                if (steps := table.find(name, provider or "")) is not None
            ),
            _UNKNOWN,
        )
        self._steps_of[model, response_model, provider] = found
        return found

    def _load(self) -> list[PriceTable]:
        tables = []
        if self._own is not None:
            try:
                own = read_price_file(self._own)
            except PriceFileError as error:
                if self._warn is None:
                    raise
                self._warn(f"{error}; the built-in prices are used")
            else:
                tables.append(own)
                if own.replaces:
                    return tables
        tables.append(PriceTable(_BUILT_IN.read_bytes(), _BUILT_IN.name))
        return tables


_BUILT_IN = Path(__file__).with_name("prices.json")


def read_price_file(own: Path | str) -> PriceTable:
    """Read and check a user's price file; text that begins with `{` is the file itself. Raises PriceFileError."""
    if isinstance(own, str) and own.lstrip().startswith("{"):
        table = PriceTable(own, "the prices given")
    else:
        path = Path(own).expanduser()
        try:
            text = path.read_bytes()
        except OSError as error:
            raise PriceFileError(f"cannot read the price file {path}: {error.strerror or error}") from None
        table = PriceTable(text, str(path))
    table.check()
    return table


def price_at(steps: list[Step], at_ns: int) -> Price:
    """Return the price at a time: of the last step that is valid, or otherwise of the first step."""
    for step in reversed(steps):
        if step.is_valid_at(at_ns):
            return step.price
    return steps[0].price


Get = Callable[[str], Any]
"""Returns the value of a column, or None."""


def _input_usd(price: Price, tokens: int, get: Get) -> float | None:
    if price.input is None:
        return None if tokens else 0.0
    cost = 0.0
    spoken, seen = get("input_audio_tokens") or 0, get("input_image_tokens") or 0
    if cached := get("cache_read_tokens"):
        tokens -= cached
        of_audio = min(get("cache_read_audio_tokens") or 0, cached)
        of_image = min(get("cache_read_image_tokens") or 0, cached - of_audio)
        spoken, seen = max(0, spoken - of_audio), max(0, seen - of_image)
        cost, cached = _apart(cost, cached, of_audio, price.cache_read_audio)
        cost, cached = _apart(cost, cached, of_image, price.cache_read_image)
        cost += cached * (price.cache_read or 0.0)
    if written := get("cache_write_tokens"):
        tokens -= written
        if lasting := min(get("cache_write_1h_tokens") or 0, written):
            cost, written = _apart(cost, written, lasting, price.cache_write_1h)
        cost += written * (price.cache_write or 0.0)
    if spoken:
        cost, tokens = _apart(cost, tokens, min(spoken, tokens), price.input_audio)
    if seen:
        cost, tokens = _apart(cost, tokens, min(seen, tokens), price.input_image)
    return cost + tokens * price.input if tokens > 0 else cost


def _output_usd(price: Price, output_price: float, tokens: int, get: Get) -> float:
    cost = 0.0
    if price.reasoning != output_price and (thought := get("reasoning_tokens")):
        cost, tokens = _apart(cost, tokens, min(thought, tokens), price.reasoning)
    if spoken := get("output_audio_tokens"):
        cost, tokens = _apart(cost, tokens, min(spoken, tokens), price.output_audio)
    if drawn := get("output_image_tokens"):
        cost, tokens = _apart(cost, tokens, min(drawn, tokens), price.output_image)
    return cost + tokens * output_price


def _apart(cost: float, tokens: int, of_them: int, price: float | None) -> tuple[float, int]:
    of_them = max(0, of_them)
    return cost + of_them * (price or 0.0), tokens - of_them
