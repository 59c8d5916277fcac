"""Numbers of many spans or traces: percentiles, histograms, a line over time, and how sure a difference is."""
