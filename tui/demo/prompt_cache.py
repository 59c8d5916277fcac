"""The prompt cache of the stand-in provider: a prefix seen before is cheaper and faster."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

BLOCK_TOKENS = 16
"""Prefixes are kept in steps of this many tokens, as real servers do with pages of their key-value cache."""

CAPACITY_BLOCKS = 4096
"""The oldest blocks are forgotten beyond this."""


class PromptCache:
    """Remembers the prompts it was shown, block by block; a block counts only with all that came before it."""

    def __init__(self, capacity_blocks: int = CAPACITY_BLOCKS) -> None:
        self._blocks: OrderedDict[bytes, None] = OrderedDict()
        self._capacity_blocks = capacity_blocks

    def read(self, prompt: list[str]) -> int:
        """How many tokens of the prompt, from its beginning, were seen before; the prompt is remembered."""
        cached_tokens = 0
        hit = True
        chain = b""
        for start in range(0, len(prompt) - BLOCK_TOKENS + 1, BLOCK_TOKENS):
            block = "\0".join(prompt[start : start + BLOCK_TOKENS]).encode()
            chain = blake2b(chain + block, digest_size=16).digest()
            hit = hit and chain in self._blocks
            cached_tokens += BLOCK_TOKENS if hit else 0
            self._blocks[chain] = None
            self._blocks.move_to_end(chain)
        while len(self._blocks) > self._capacity_blocks:
            self._blocks.popitem(last=False)
        return cached_tokens
