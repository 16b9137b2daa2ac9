"""What the search needs of a toxin's name beyond portal.domain.toxin_names: families, and the name before 2020.

Sources: Crickmore et al. 2021 (J Invertebr Pathol 186:107438) for the classes by structure; the list of renamed
families is the one of that revision.
"""

from __future__ import annotations

import re

from portal.domain.toxin_names import is_accessory

_RENAMED_2020 = {
    "Vip1": "Vpb1", "Vip2": "Vpa2", "Vip4": "Vpb4", "Cry6": "App6", "Cry15": "Mpp15", "Cry22": "Xpp22",
    "Cry23": "Mpp23", "Cry33": "Mpp33", "Cry34": "Gpp34", "Cry35": "Tpp35", "Cry36": "Tpp36", "Cry37": "Xpp37",
    "Cry38": "Mpp38", "Cry45": "Mpp45", "Cry46": "Mpp46", "Cry49": "Tpp49", "Cry51": "Mpp51", "Cry55": "Xpp55",
    "Cry60": "Mpp60", "Cry64": "Mpp64", "Cry74": "Mpp74", "Cry75": "Mpp75", "Cry76": "Xpp76", "Cry77": "Xpp77",
    "Cry78": "Tpp78", "Cry80": "Tpp80",
}  # fmt: skip
_NAME_BEFORE_2020 = {new: old for old, new in _RENAMED_2020.items()}
_NAME = re.compile(r"(?P<prefix>[A-Za-z]+)(?P<number>\d+)(?P<rest>.*)")


def prefix_of(name: str) -> str:
    """Return the letters before the first number (`Cry` of `Cry1Aa1`), or the whole name where there is no number."""
    match = _NAME.match(name)
    return match["prefix"] if match else name


def primary_family(name: str) -> str:
    """Return letters and primary number (`Cry1` of `Cry1Aa1`)."""
    match = _NAME.match(name)
    return match["prefix"] + match["number"] if match else name


def current_family(name: str) -> str:
    """Return the primary family in the nomenclature of 2020, whichever the name is from."""
    family = primary_family(name)
    return _RENAMED_2020.get(family, family)


def name_before_2020(name: str) -> str | None:
    """Return the 1998 name of a toxin, None where the family had none."""
    match = _NAME.match(name)
    if match is None or is_accessory(name):
        return None
    family = match["prefix"] + match["number"]
    if family in _NAME_BEFORE_2020:
        return _NAME_BEFORE_2020[family] + match["rest"]
    return name if match["prefix"] in ("Cry", "Cyt") or family in ("Vip1", "Vip2", "Vip3", "Vip4") else None
