"""What customers who may leave without a word will still buy: purchase-process models by maximum likelihood, and the summary they read.

``repeat_summary`` turns order lines into the classical summary; ``fit_pareto_nbd`` and ``fit_bg_nbd`` estimate how often people
buy and how fast they leave, ``fit_gamma_gamma`` what they spend a time; ``lifetime_value`` puts both together, in explicit units.
No priors: the estimates are the published ones, a million customers take seconds (equal rows are counted once), and standard
errors come with them.
"""

from __future__ import annotations

from seglib.clv.bg_nbd import BgNbd, fit_bg_nbd
from seglib.clv.gamma_gamma import GammaGamma, fit_gamma_gamma
from seglib.clv.likelihood import Fit
from seglib.clv.pareto_nbd import ParetoNbd, fit_pareto_nbd
from seglib.clv.summary import order_summary, repeat_summary
from seglib.clv.value import lifetime_value

__all__ = [
    "BgNbd",
    "Fit",
    "GammaGamma",
    "ParetoNbd",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "fit_pareto_nbd",
    "lifetime_value",
    "order_summary",
    "repeat_summary",
]
