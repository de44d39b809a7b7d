"""Numbers, sentences and text that a journal would print; no drawing."""
