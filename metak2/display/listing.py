"""Names in a sentence."""


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence: "A", "A and B", "A, B and C".

    >>> listed(("Mizuta 2006", "Kakizaki 2007", "Ishizuka 2012"))
    'Mizuta 2006, Kakizaki 2007 and Ishizuka 2012'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
