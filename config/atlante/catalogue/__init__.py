"""What Atlante computes and publishes, as data: TOML files validated into frozen dataclasses.

``sources/`` extracts and their columns, ``placement/`` names and codes that registers use, ``indicators/`` measures and
indicators, ``publication.toml`` the collections.
"""
