"""What the feed imports after the first rows are painted, and before the first key in the filter."""


def import_language() -> None:
    """Import the filter language and what counts groups."""
    from ...store.filter.assist import completion, suggestions  # noqa: F401
    from ...store.filter.sql import compile, functions  # noqa: F401
    from ...store.read import groups as grouping  # noqa: F401
