"""Would the answer still hold? Refits of one analysis, each a batch over the one kernel."""
