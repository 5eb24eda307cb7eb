"""Whether the catalogue still says what a build was computed by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atlante.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from atlante.catalogue.indicators import Catalogue, Indicator
    from atlante.measures import Meanings


def check_defined(
    computed: Collection[str], catalogue: Catalogue, recipe: Mapping[str, Any], meanings: Meanings | None
) -> None:
    """Raise CheckFailed if the catalogue lacks what was computed, or defines it otherwise.

    Parameters
    ----------
    computed
        Ids of the indicators that a release would tell of.
    recipe
        That of the build.
    meanings
        What the definitions of the catalogue mean, filiere, sectors and models in them; None: that is not asked.
    """
    lacking = sorted(set(computed) - catalogue.indicators.keys())
    if lacking:
        raise CheckFailed(
            f"The newest build has {', '.join(lacking)}, which the catalogue does not define. Name the folder of its "
            "definition in ATLANTE_EXTRA_CATALOGUE_DIR, or run `atlante build` again without it."
        )
    then = recipe.get("indicators", {})
    changed = {
        name
        for name, indicator in catalogue.indicators.items()
        if name in then and _way(indicator.kind, then[name]) != _way(indicator.kind, _dumped(indicator))
    }
    if meanings is not None:
        changed |= {f"filiera {name}" for name in _differing("filiere", recipe, meanings)}
        changed |= _differing("indicators", recipe, meanings)
    if changed:
        raise CheckFailed(
            f"The newest build computed {', '.join(sorted(changed))} otherwise than the catalogue says: run "
            "`atlante build` again."
        )


def _differing(what: str, recipe: Mapping[str, Any], meanings: Meanings) -> set[str]:
    """Return the ids that build and catalogue both define, each otherwise."""
    then, now = recipe.get("meanings", {}).get(what, {}), meanings[what]
    return {name for name in then.keys() & now.keys() if then[name] != now[name]}


def _dumped(indicator: Indicator) -> dict[str, Any]:
    return indicator.model_dump(mode="json", by_alias=True, exclude_none=True)


def _way(kind: str, definition: Mapping[str, Any]) -> list[Any]:
    """Return what of a definition, as a recipe keeps it, decides its numbers."""
    return [definition.get(key) for key in (kind, "minimum", "interval", "smoothing")]
