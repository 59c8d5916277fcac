"""The frame of the explorer: columns and order of the list, sizes of the panes, and what is remembered of them."""
