"""The "optimal information size" of GRADE: people that one trial with two equal arms needs, both together.

Guyatt et al. (2011), J Clin Epidemiol 64:1283-1293. Tests are two-sided.
"""

import numpy as np
from scipy.special import ndtri


def people_for_risks(control: float, experimental: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """People to tell two risks apart, their variances pooled where there is no difference."""
    mean = (control + experimental) / 2
    under_null = -ndtri(alpha / 2) * np.sqrt(2 * mean * (1 - mean))
    under_difference = ndtri(power) * np.sqrt(control * (1 - control) + experimental * (1 - experimental))
    return float(2 * ((under_null + under_difference) / (control - experimental)) ** 2)


def people_for_means(difference: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """People to see a difference of so many standard deviations between two means, by the normal distribution."""
    return float(4 * ((ndtri(power) - ndtri(alpha / 2)) / difference) ** 2)
