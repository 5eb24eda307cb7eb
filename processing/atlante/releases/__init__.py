"""Releases: what the service may read, built and made current in one transaction.

A release is immutable. Its geometry is kept once per boundary vintage and shared by all releases that use it; its
values are protected by :mod:`atlante.disclosure` before they leave ``measure``.
"""

from atlante.releases.publishing import ReleaseSummary, current_release, publish

__all__ = ["ReleaseSummary", "current_release", "publish"]
