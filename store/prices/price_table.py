"""A price file: the prices of models. `store/prices/prices.json` is the built-in one; users can write their own.

    {
      "models": {
        "my-model": {"input": 0.5, "output": 1.5, "cache_read": 0.05},
        "my-model-large*|other/name": {"input": 3, "output": 15, "above": {"200000": {"input": 6, "output": 22.5}}},
        "old-model": [{"input": 2, "output": 8}, {"from": "2026-07-01", "input": 1, "output": 4}],
        "gpt-4o": null
      },
      "replace": false
    }

Prices are US dollars per million tokens: input, output, cache_read, cache_write, cache_write_1h, reasoning,
input_audio, output_audio, input_image, output_image, cache_read_audio, cache_read_image. A kind of token without a
price has the price of input or output; `cache_write_1h` has the price of cache_write, and cached audio and images have
the price of cache_read. `above` sets other prices for a whole call with more input tokens than the given number.
`tiers` sets the prices that differ at a service tier ("flex", "priority", "batch", "fast"); a call at a missing tier
has no cost. In a list, the last price whose condition is true is used: `from` is a UTC date, `utc` is a pair of daily
times ["16:30", "00:30"]. null means that no price is known.

Names are case-insensitive; `|` separates names, `*` and `?` match any text. An exact name has priority over a pattern,
an earlier entry over a later one. `"replace": true` disables the built-in prices.

`providers`, which the built-in file uses, contain models by provider: `names` are the names that programs use for the
provider, `owns` are patterns of models that belong to it, `falls_back_on` are providers whose prices it shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from .price_steps import PriceFileError, Step, parse_steps, require_object, short_repr

_TRANSPARENT = frozenset({"models", "litellm_proxy", "publishers"})
"""Prefixes of a model's name that do not name a provider."""
_DATE = re.compile(r"[-@](20\d\d)-?(\d\d)-?(\d\d)(?=$|-v\d|:)")


class Models:
    """Names and patterns of models with their prices, which are parsed on demand."""

    def __init__(self, raw: Mapping[str, Any], place: str) -> None:
        self._place = place
        self._exact: dict[str, Any] = {}
        self._patterns: list[tuple[str, Any]] = []
        for names, price in raw.items():
            for name in names.lower().split("|"):
                if _is_pattern(name):
                    self._patterns.append((name, price))
                else:
                    self._exact.setdefault(name, price)

    def find(self, name: str) -> list[Step] | None:
        """Return the prices of a model; [] if the file says that it has none, None if the name is not in the file."""
        if name in self._exact:
            return parse_steps(self._exact[name], f"{self._place}.{name}")
        for pattern, price in self._patterns:
            if matches(pattern, name):
                return parse_steps(price, f"{self._place}.{pattern}")
        return None

    def check(self) -> None:
        """Parse every price. Raises PriceFileError."""
        for name, price in [*self._exact.items(), *self._patterns]:
            parse_steps(price, f"{self._place}.{name}")


class _Provider:
    def __init__(self, raw: Mapping[str, Any], place: str) -> None:
        self.names = _texts(raw.get("names", []), f"{place}.names")
        self.prefixes = frozenset(name for name in self.names if not _is_pattern(name))
        self.owns = _texts(raw.get("owns", []), f"{place}.owns")
        self.falls_back_on = _texts(raw.get("falls_back_on", []), f"{place}.falls_back_on")
        self._raw = require_object(raw.get("models", {}), f"{place}.models")
        self._place = place
        self._models: Models | None = None

    @property
    def models(self) -> Models:
        if self._models is None:
            self._models = Models(self._raw, f"{self._place}.models")
        return self._models


class PriceTable:
    """The prices of one price file."""

    def __init__(self, text: bytes | str, name: str) -> None:
        """Parse the text of a price file; error messages use `name`. Raises PriceFileError."""
        try:
            raw = orjson.loads(text)
        except ValueError as error:
            raise PriceFileError(f"{name} is not JSON: {error}") from None
        raw = require_object(raw, name)
        if unknown := set(raw) - {*_TOP_LEVEL}:
            raise PriceFileError(f"{name}: unknown key {min(unknown)!r}; there are {', '.join(_TOP_LEVEL)}")
        self.replaces = raw.get("replace", False) is True
        self._models = Models(require_object(raw.get("models", {}), f"{name}: models"), f"{name}: models")
        self._providers = {
            id: _Provider(require_object(one, f"{name}: providers.{id}"), f"{name}: providers.{id}")
            for id, one in require_object(raw.get("providers", {}), f"{name}: providers").items()
        }
        unpriced = require_object(raw.get("unpriced", {}), f"{name}: unpriced")
        self._unpriced_providers = _texts(unpriced.get("providers", []), f"{name}: unpriced.providers")
        self._unpriced_models = _texts(unpriced.get("models", []), f"{name}: unpriced.models")

    def check(self) -> None:
        """Parse the whole file. Raises PriceFileError at the first invalid price."""
        self._models.check()
        for provider in self._providers.values():
            provider.models.check()

    def find(self, model: str, provider: str) -> list[Step] | None:
        """Return the prices of a model by a program's names for it; [] if it has none, None if it is unknown."""
        model, provider = model.lower(), provider.lower()
        for name in _spellings(model):
            for candidate in (f"{provider}/{name}", *_tails(name)):
                if (found := self._models.find(candidate)) is not None:
                    return found
        if any(matches(pattern, provider) for pattern in self._unpriced_providers):
            return []
        if model.partition("/")[0] in self._unpriced_providers:
            return []
        if any(matches(pattern, model) for pattern in self._unpriced_models):
            return []
        for spelling in _spellings(model):
            for place, name in self._places(spelling, provider):
                if (found := self._find_at(place, name)) is not None:
                    return found
        return None

    def _places(self, model: str, provider: str) -> Iterator[tuple[_Provider, str]]:
        """Yield providers and names to try: by the given provider, the prefixes of the model, and its name."""
        providers = self._providers.values()
        stated = next((one for one in providers if any(matches(name, provider) for name in one.names)), None)
        if stated is not None:
            yield stated, model
        names = [model]
        head, slash, rest = model.partition("/")
        while slash:
            named = next((one for one in providers if head in one.prefixes), None)
            stated = named or stated
            if named is None and head not in _TRANSPARENT and "/models/" not in model and stated is None:
                break
            if stated is not None:
                yield stated, rest
            names.append(rest)
            head, slash, rest = rest.partition("/")
        head, colon, rest = model.partition(":")
        if colon and (named := next((one for one in providers if head in one.prefixes), None)):
            yield named, rest.lstrip("/")
        for name in names:
            for one in providers:
                if any(matches(pattern, name) for pattern in one.owns):
                    yield one, name

    def _find_at(self, provider: _Provider, name: str) -> list[Step] | None:
        found = provider.models.find(name)
        for other in provider.falls_back_on:
            if found is not None:
                break
            if other in self._providers:
                found = self._providers[other].models.find(name)
        return found


_TOP_LEVEL = ("models", "replace", "providers", "unpriced", "format", "version", "source", "date", "unit")


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*`, `?` and `[...]` matches all of `text`; both in lower case."""
    if "*" not in pattern and "?" not in pattern and "[" not in pattern:
        return pattern == text
    if "?" in pattern or "[" in pattern or pattern.count("*") > 2 or "*" in pattern[1:-1]:
        from fnmatch import fnmatchcase

        return fnmatchcase(text, pattern)
    middle = pattern.strip("*")
    if pattern[0] != "*":
        return text.startswith(middle)
    return middle in text if len(pattern) > 1 and pattern[-1] == "*" else text.endswith(middle)


def _is_pattern(name: str) -> bool:
    return "*" in name or "?" in name or "[" in name


def _spellings(model: str) -> Iterator[str]:
    """Yield the spellings of a name with a date: gpt-4o-20240806, gpt-4o-2024-08-06, gpt-4o."""
    yield model
    if date := _DATE.search(model):
        for spelled in (f"-{date[1]}-{date[2]}-{date[3]}", f"-{date[1]}{date[2]}{date[3]}", ""):
            if (name := model[: date.start()] + spelled + model[date.end() :]) != model:
                yield name


def _tails(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition("/")[2]


def _texts(raw: Any, place: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise PriceFileError(f"{place} is {short_repr(raw)}; it must be a list of names")
    return tuple(one.lower() for one in raw)
