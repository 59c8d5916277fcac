"""What attributes mean: the dialects of SDKs, and the usage objects of providers."""
