"""The kinds of indicators: each a small computation on arrays of counts."""
