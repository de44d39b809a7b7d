"""From what a paper gives to what a formula needs: a table in, a table out, every step recorded with its formula.

Cochrane Handbook, chapters 6 and 23. Nothing here happens unless it is asked for.
"""
