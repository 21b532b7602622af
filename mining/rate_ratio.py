"""How many times as often something happens after a step as without it, like compared with like.

In: sums over strata, in each of which people with and without the step were watched for some time. Out: the rate ratio, its
95% interval, and a test of no difference.

In a stratum with M events in T days, of which a events in T1 days with the step and b in T0 days without it:
    ratio     = R / S, with R = sum a T0 / T and S = sum b T1 / T
    variance  = V / (R S) of its logarithm, with V = sum M T1 T0 / T^2
    test      z = log(ratio / least) / sqrt(V / (R S)), one-sided: is the ratio more than the least that matters?
              where V is below 5, the chance of a or more events in a Poisson distribution of mean least x sum M T1 / T, which
              is exact, on the safe side, and finds the rare step that nearly everybody reacts to
Source: S. Greenland and J. Robins, Estimation of a common effect parameter from sparse follow-up data, Biometrics 41 (1985),
after N. Mantel and W. Haenszel (1959). It stays valid where strata are many and hold few events each. Extra events:
O. Miettinen, Proportion of disease caused or prevented by a given exposure (1974): a (1 - 1 / ratio).
Where nobody without the step had the event, S is 0 and the ratio has no value: then half an event is taken to have happened
there, in an average stratum (F. Anscombe, On estimating binomial response relations, Biometrika 43, 1956).
Many tests: Y. Benjamini and Y. Hochberg, 1995 (statsmodels).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm, poisson
from statsmodels.stats.multitest import multipletests

_Z = float(norm.ppf(0.975))
LEAST_LIFT = 1.2  # what people do after a step is never quite what others do; a smaller lift is of no practical use
LEAST_NORMAL = 5.0  # V below which the normal approximation is not trusted
LEAST_INFORMATION = 0.5  # V below which nothing can be told, whatever came of it
FALSE_SHARE = 0.05


def measure_ratios(sums: pd.DataFrame) -> pd.DataFrame:
    """Rows with r, s, v, n_with = sum a, n_all = sum M, n_expected = sum M T1 / T (the sums above) get lift, lift_low, lift_high, p, is_sure and n_tests, the number of rows tested.

    A row with too little information, V below 0.5, is not tested and left out; that does not look at what came of it. Sure: a lift
    above `LEAST_LIFT`, at a false-discovery rate of 5% over all rows given. Where R is 0 there is no lift to state, and the row is not sure.
    """
    tested = sums[sums["v"] >= LEAST_INFORMATION].reset_index(drop=True)
    names = ("r", "s", "v", "n_with", "n_all", "n_expected")
    r, s, v, n_with, n_all, n_expected = (tested[name].to_numpy(np.float64) for name in names)
    s = np.where(s > 0, s, 0.5 * n_expected / n_all)
    is_known = r > 0
    lift = np.divide(r, s, out=np.full(len(r), np.nan), where=is_known)
    error = np.sqrt(np.divide(v, r * s, out=np.full(len(r), np.nan), where=is_known))
    by_normal = norm.sf(np.log(lift / LEAST_LIFT) / error)
    p = np.where(v < LEAST_NORMAL, poisson.sf(n_with - 1, LEAST_LIFT * n_expected), by_normal)
    p = np.where(is_known, p, 1.0)
    is_found = multipletests(p, alpha=FALSE_SHARE, method="fdr_bh")[0] if len(p) else np.zeros(0, bool)
    return tested.assign(
        lift=lift,
        lift_low=lift * np.exp(-_Z * error),
        lift_high=lift * np.exp(_Z * error),
        p=p,
        is_sure=is_found,
        n_tests=len(tested),
    )
