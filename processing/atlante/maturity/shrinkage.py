"""Estimates of small territories, drawn towards the territory that they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]


def similarity(shares: FloatArray, parents: FloatArray, n_eff: FloatArray, *, variance: float | None = None) -> float:
    """Return how much firms of one territory are alike, 0..1: the part of the variance that lies between territories.

    If it is rho, the share of a territory with n firms differs from its parent's by p (1 - p) (rho + (1 - rho)/n) in
    the mean square. This is solved for rho over all territories and categories; it is 0 where no territory has more
    than one firm, since nothing can be learnt then.

    Parameters
    ----------
    shares, parents
        Of categories in territories and in their parents, shape (territories, categories); nan where nobody answered.
    n_eff
        Effective number of respondents, shape (territories,).
    variance
        Of one firm, where means of scores are given instead of shares; None: p (1 - p).

    References
    ----------
    Kleinman (1973), JASA 68:46-54, doi:10.1080/01621459.1973.10481332 (moments of proportions that
    vary from place to place).
    """
    answered = n_eff > 0
    spread = (parents * (1 - parents) if variance is None else np.full_like(parents, variance))[answered]
    n = np.broadcast_to(n_eff[answered, None], spread.shape)
    is_open = spread > 0
    n = n[is_open]
    if not (n > 1).any():
        return 0.0
    distance = (shares - parents)[answered][is_open] ** 2 / spread[is_open]
    return float(np.clip(((n * distance).sum() - len(n)) / (n - 1).sum(), 0, 1))


def shrink(shares: FloatArray, parents: FloatArray, n_eff: FloatArray, *, variance: float | None = None) -> FloatArray:
    """Return shares drawn towards those of the parent territories, the more the fewer have answered.

    smoothed = c share + (1 - c) parent, c = n rho / (n rho + 1 - rho), rho as :func:`similarity` gives it: the best
    linear predictor under exchangeable territories. It is the same c for all categories of a territory, so that they
    still add up to 1. Where nobody answered it is the parent's share.

    Parameters
    ----------
    shares, parents
        Shape (territories, categories); shares are nan where nobody answered, parents never.
    n_eff
        Effective number of respondents, shape (territories,); 0 or nan: nobody answered.
    variance
        As in :func:`similarity`.

    References
    ----------
    Fay & Herriot (1979), JASA 74:269-277, doi:10.1080/01621459.1979.10482505; Rao & Molina (2015), Small Area
    Estimation, 2nd edition, chapters 3.3 (composite estimators) and 9.
    """
    n = np.nan_to_num(n_eff)
    rho = similarity(shares, parents, n, variance=variance)
    trust = np.where(n > 0, n * rho / np.where(n > 0, n * rho + 1 - rho, 1), 0)[:, None]
    return np.where(trust > 0, trust * np.nan_to_num(shares) + (1 - trust) * parents, parents)
