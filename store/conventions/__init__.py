"""Semantic conventions: the attributes of SDKs, and the usage objects of providers, as normal columns."""
