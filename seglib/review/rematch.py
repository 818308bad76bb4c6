"""Groups found anew and the groups of before: which is which, by the customers they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Scheme

#: Share of the customers of either group that both must hold; below it a group counts as dissolved (Hennig 2007, Cluster-wise assessment
#: of cluster stability).
SAME = 0.5
NEW_CLASS = "new_class_"


def matched(before: pd.Series, found: pd.Series, scheme: Scheme) -> pd.Series:
    """Classes found anew under the names of the classes they go on.

    Groups are paired one to one so that the pairs share as many customers as can be (Hungarian assignment on Jaccard's coefficient). A pair
    that shares less than half of its customers is none: that group is a new class, numbered by its size.

    Args:
        before: Class of every customer under the old definition, on the same day, indexed by customer_id.
        found: Class under the one drawn anew, likewise.
        scheme: The old definition.

    Returns:
        ``found`` with the names of the old definition, or new_class_1, new_class_2 … (the largest first); classes outside stay.
    """
    import numpy as np
    import pandas as pd
    from scipy.optimize import linear_sum_assignment

    old = list(scheme.classes)
    new = sorted(set(found) - set(scheme.outside))
    was = pd.Index(old).get_indexer(before.reindex(found.index))
    now = pd.Index(new).get_indexer(found)
    both = (was >= 0) & (now >= 0)
    shared = np.bincount(was[both] * len(new) + now[both], minlength=len(old) * len(new)).reshape(len(old), len(new))
    sizes_old, sizes_new = (np.bincount(part[part >= 0], minlength=len(keys)) for part, keys in ((was, old), (now, new)))
    alike = shared / np.maximum(sizes_old[:, None] + sizes_new[None, :] - shared, 1)
    names = {new[j]: old[i] for i, j in zip(*linear_sum_assignment(-alike), strict=True) if alike[i, j] >= SAME}
    strange = sorted((key for key in new if key not in names), key=lambda key: (-sizes_new[new.index(key)], key))
    names |= {key: f"{NEW_CLASS}{nth}" for nth, key in enumerate(strange, start=1)}
    return found.astype(object).map(lambda key: names.get(key, key))
