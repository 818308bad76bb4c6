"""Are there groups at all: dip test, held-out valleys, prediction strength, agreement of two partitions.

That classes can be drawn again and again does not show that they exist: a single elongated cloud is halved the same way every time.
So three questions are kept apart. *Reproducible*: do two halves of the customers give the same classes (``prediction_strength``,
``agreement``)? *Separated*: is there a valley between neighbouring classes on customers that did not build them (``examine``)?
*Useful*: that is for the next period to say.
"""

from __future__ import annotations

from seglib.separation.partitions import Cluster, Partition, agreement, gaussians, kmeans
from seglib.separation.patterns import Patterns, patterns
from seglib.separation.unimodality import DipTest, dip
from seglib.separation.valleys import Separation, examine, examine_each, prediction_strength

__all__ = [
    "Cluster",
    "DipTest",
    "Partition",
    "Patterns",
    "Separation",
    "agreement",
    "dip",
    "examine",
    "examine_each",
    "gaussians",
    "kmeans",
    "patterns",
    "prediction_strength",
]
