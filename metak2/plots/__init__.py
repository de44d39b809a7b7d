"""Pictures. matplotlib lives on this floor only, and only the modules that draw load it."""

from metak2.plots import notebook as notebook
