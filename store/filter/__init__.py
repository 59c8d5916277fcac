"""The filter language: text to tree (`parser`), tree to parameterised SQL (`compile`)."""

from .compile import Plan, compile_query
from .errors import FilterError
from .functions import register
from .parser import parse
from .tree import Query, unparse

__all__ = ["FilterError", "Plan", "Query", "compile_query", "parse", "register", "unparse"]
