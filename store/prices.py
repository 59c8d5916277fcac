"""What a model call costs, for spans that say their tokens and not their cost.

Prices come from the file that the user names and from the built-in `prices.json`, see `price_table`. Each token is
priced once: cached input tokens at the cache's price and not at that of input, for `input_tokens` holds all input
tokens, cached ones included (`token_counts`). Without a known price there is no cost, which is not a cost of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .price_table import Price, PriceFileError, PriceTable, Step

REMEMBERED_MODELS = 1_024
"""Names of models whose prices are at hand; a program that makes names from data must not fill the host's memory."""

ROLLED_UP = frozenset({"AGENT", "CHAIN", "WORKFLOW", "TASK"})
"""Kinds of span whose tokens are sums over calls below, of several models and sizes: the calls have the cost."""

_UNKNOWN: list[Step] = []


class Prices:
    """The prices in force; read when the first span needs one. One thread at a time may use it."""

    def __init__(self, own: Path | str | None = None, warn: Callable[[str], None] | None = None) -> None:
        """`own` is the user's price file, or its text if it begins with `{`; what is wrong with it goes to `warn`."""
        self._own = own
        self._warn = warn
        self._tables: list[PriceTable] | None = None
        self._known: dict[tuple[str, str | None], list[Step]] = {}

    def cost_usd(self, columns: Mapping[str, Any], start_ns: int) -> float | None:
        """The cost of a call from its normal columns, see `dialects`; None where a price or a count is not known."""
        get = columns.get
        model = get("model")
        input_tokens = get("input_tokens")
        if model is None or input_tokens is None:
            return None
        provider = get("provider")
        try:
            steps = self._known[model, provider]
        except KeyError:
            steps = self._look_up(model, provider)
        if not steps:
            return None
        price = steps[0].price if len(steps) == 1 else price_at(steps, start_ns)
        if price.above:
            for limit, dearer in price.above:
                if input_tokens > limit:
                    price = dearer
                    break
        input_price = price.input
        if input_price is None:
            if input_tokens:
                return None
            input_price = 0.0
        output_tokens = get("output_tokens") or 0
        cost = 0.0
        if "cache_read_tokens" in columns and (cached := columns["cache_read_tokens"]):
            cost = cached * price.cache_read
            input_tokens -= cached
        if "cache_write_tokens" in columns and (written := columns["cache_write_tokens"]):
            input_tokens -= written
            if lasting := min(get("cache_write_1h_tokens") or 0, written):
                cost, written = _apart(cost, written, lasting, price.cache_write_1h)
            cost += written * price.cache_write
        if spoken := get("input_audio_tokens"):
            cost, input_tokens = _apart(cost, input_tokens, min(spoken, input_tokens), price.input_audio)
        if output_tokens:
            if price.output is None:
                return None
            if price.reasoning != price.output and (thought := get("reasoning_tokens")):
                cost, output_tokens = _apart(cost, output_tokens, min(thought, output_tokens), price.reasoning)
            if spoken := get("output_audio_tokens"):
                cost, output_tokens = _apart(cost, output_tokens, min(spoken, output_tokens), price.output_audio)
            cost += output_tokens * price.output
        if input_tokens > 0:
            cost += input_tokens * input_price
        return cost

    def _look_up(self, model: str, provider: str | None) -> list[Step]:
        if len(self._known) >= REMEMBERED_MODELS:
            self._known.clear()
        if self._tables is None:
            self._tables = self._load()
        found = None
        for table in self._tables:
            if (found := table.find(model, provider or "")) is not None:
                break
        steps = self._known[model, provider] = _UNKNOWN if found is None else found
        return steps

    def _load(self) -> list[PriceTable]:
        tables = []
        if self._own is not None:
            try:
                own = read(self._own)
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


def read(own: Path | str) -> PriceTable:
    """A user's price file, all of it checked; text that begins with `{` is the file itself. Raises PriceFileError."""
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
    """The price at a moment: of the last step that holds then, or else the first."""
    for step in reversed(steps):
        if step.holds(at_ns):
            return step.price
    return steps[0].price


def _apart(cost: float, tokens: int, of_them: int, price: float | None) -> tuple[float, int]:
    return cost + of_them * (price or 0.0), tokens - of_them
