"""Netting: energies of windows from their powers, by the ids of our registers."""

from __future__ import annotations

from itertools import product

import numpy as np

from smartx96.comparison.engine import Values
from smartx96.models import Wiring

KINDS = ("active", "reactive")
WAYS = {"import": 1.0, "export": -1.0}
BALANCES = ("per_phase", "sum")
_SECONDS = 3600.0


def netted(kind: str, power: Values, seconds: Values, balance: str) -> dict[str, Values]:
    """Import and export of windows, each by the sign of its power.

    Parameters
    ----------
    kind : {'active', 'reactive'}
    power : ndarray, shape (window, phase)
        [W, var].
    seconds : ndarray, shape (window,)
        [s].
    balance : {'per_phase', 'sum'}
        Whose sign counts: each phase's own, or that of all together.
    """
    parts = power.sum(axis=1, keepdims=True) if balance == "sum" else power
    return {
        energy(kind, way, balance): np.maximum(sign * parts, 0.0).sum(axis=1) * seconds / _SECONDS
        for way, sign in WAYS.items()
    }


def energy(kind: str, way: str, balance: str = "") -> str:
    """Id of an energy; without a balance the one that is shown."""
    return f"{kind}_energy_{way}" + (f"_{balance}" if balance else "")


def shown_balance(wiring: Wiring, balances: tuple[str, ...] = BALANCES) -> str:
    """The netting that energies without its name have: per phase, where there is a neutral."""
    preferred = BALANCES[0] if wiring.has_neutral else BALANCES[1]
    return preferred if preferred in balances else balances[0]


def energy_ids(wiring: Wiring, balances: tuple[str, ...] = BALANCES) -> dict[str, str]:
    """Ids of all energies by these nettings, and whose each is: those shown are one of the others.

    Parameters
    ----------
    wiring : Wiring
    balances : tuple of str
        Those that an engine has.
    """
    flows = list(product(KINDS, WAYS))
    named = [energy(kind, way, balance) for kind, way in flows for balance in balances]
    shown = shown_balance(wiring, balances)
    return {id: id for id in named} | {energy(*flow): energy(*flow, shown) for flow in flows}
