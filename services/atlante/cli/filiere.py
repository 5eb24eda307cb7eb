"""Commands about filiere and sectors: which there are, and whether their files hold together."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.ateco import Edition
from atlante.cli.console import JsonOption, emit_json, emit_table, note, progress
from atlante.cli.context import ready_database, settings_of
from atlante.errors import CheckFailed, InfrastructureError, NothingLoaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atlante.catalogue.activities import ActivityGroup, Problem
    from atlante.catalogue.filiere import Difference, Nested, Overlap
    from atlante.pipeline.filiere import ActivityCounts, GroupShare

app = typer.Typer(no_args_is_help=True, help="Filiere: lists of activities by stage, yours and ours.")

_SHOWN = 10
_TITLE = 60


@app.command("list")
def show_all(context: typer.Context, *, json: JsonOption = False) -> None:
    """List the filiere and sectors of the catalogue with their stages and numbers of codes."""
    groups = _catalogue(context)
    if json:
        emit_json([_described(group) for group in groups])
        return
    rows = [
        (
            group.id,
            group.kind,
            group.title.en,
            "proposal" if group.is_proposal else "official",
            ", ".join(stage.id for stage in group.stages),
            *(len(group.members(edition)) for edition in ("2007", "2025")),
        )
        for group in groups
    ]
    emit_table(("id", "kind", "title", "status", "stages", "codes 2007", "codes 2025"), rows)


@app.command()
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of filiere; default: all of the catalogue.", show_default=False)
    ] = None,
    *,
    source: Annotated[
        str | None, typer.Option(envvar="ATLANTE_SOURCE", help="Whose firms; default: the newest extract's.")
    ] = None,
    without_firms: Annotated[
        bool, typer.Option("--without-firms", envvar="ATLANTE_WITHOUT_FIRMS", help="Look into no database.")
    ] = False,
    edition: Annotated[
        Edition, typer.Option(envvar="ATLANTE_EDITION", help="Of which edition overlaps are shown.")
    ] = Edition.ATECO_2025,
    json: JsonOption = False,
) -> None:
    """Check filiere: codes exist, stages don't overlap, editions agree; show overlaps and what share of firms each has.

    A code that its edition lacks and one that stands twice are errors. Where the lists of 2007 and 2025 disagree under
    the official correspondence is shown, and where filiere overlap: that is for you to judge.
    """
    from atlante.catalogue.filiere import differences, nested, overlap

    inspected = _inspected(context, files or [])
    groups = [group for group, _ in inspected]
    beside = [group for group in _filiere(context) if group.id not in {own.id for own in groups}] if files else []
    problems = [(group.path, problem) for group, found in inspected for problem in found]
    counts = None if problems or without_firms else _counts(context, source)
    shares = _shares(groups, counts)
    matrix = overlap([*groups, *beside], edition.value)
    inner = {group.id: nested(group) for group in groups}
    found = {group.id: differences(group) for group in groups}
    if json:
        emit_json(_document(problems, found, inner, matrix) | _document_of_shares(counts, shares))
    else:
        _print(problems, found, inner)
        _print_overlap(matrix)
        _print_shares(counts, shares)
    if problems:
        raise CheckFailed(f"{len(problems):,} of the codes and lists can't be used.")


def _catalogue(context: typer.Context) -> list[ActivityGroup]:
    from atlante.catalogue.activities import load_sectors

    return [*_filiere(context), *load_sectors(*_folders(context)).values()]


def _filiere(context: typer.Context) -> list[ActivityGroup]:
    from atlante.catalogue.activities import load_filiere

    return list(load_filiere(*_folders(context)).values())


def _folders(context: typer.Context) -> tuple[Path, ...]:
    """Return the folder of the catalogue, and the user's own where there is one."""
    settings = settings_of(context)
    own = settings.extra_catalogue_dir
    return (settings.catalogue_dir, own) if own else (settings.catalogue_dir,)


def _inspected(context: typer.Context, files: list[Path]) -> list[tuple[ActivityGroup, list[Problem]]]:
    """Return the groups of files, or of the catalogue, with everything wrong with each."""
    from atlante.catalogue.activities import group_paths, inspect_group

    paths = files or list(group_paths("filiera", _folders(context)).values())
    return [inspect_group(path, "filiera") for path in paths]


def _counts(context: typer.Context, source: str | None) -> ActivityCounts | None:
    """Return the firms by activity; None, and why, where no database has any."""
    from atlante.database import Cluster
    from atlante.pipeline.filiere import read_activity_counts

    settings = settings_of(context)
    if source is None and not settings.database_url and not Cluster.of(settings).data.is_dir():
        note("No shares of firms are shown: there is no database.")
        return None
    try:
        url = ready_database(context)
        with progress() as report:
            report("counting firms")
            return read_activity_counts(url, source)
    except (InfrastructureError, NothingLoaded) as exc:
        if source is not None:
            raise
        note(f"No shares of firms are shown: {exc}")
        return None


def _shares(groups: Sequence[ActivityGroup], counts: ActivityCounts | None) -> list[GroupShare]:
    from atlante.pipeline.filiere import group_shares

    return group_shares(groups, counts) if counts else []


def _print(
    problems: list[tuple[Path, Problem]], found: dict[str, list[Difference]], inner: dict[str, list[Nested]]
) -> None:
    from atlante.classifications import classification, dotted

    for path, problem in problems:
        note(f"{path}{f', line {problem.line}' if problem.line else ''}: {problem.key}: {problem.text}")
    for group, each in ((group, each) for group, listed in inner.items() for each in listed):
        note(
            f"{group}: in {each.edition} {dotted(each.code)} ({each.stage}) is taken out of {dotted(each.above)} "
            f"({each.stage_above})."
        )
    tree = classification("2025")
    rows = [
        (
            group,
            each.kind,
            dotted(each.code),
            tree.title(each.code)[:_TITLE],
            ", ".join(map(dotted, each.origins[:_SHOWN])),
        )
        for group, differing in found.items()
        for each in differing
    ]
    if rows:
        emit_table(("filiera", "differs", "2025", "title", "was in 2022"), rows, title="Lists of 2007 and 2025")


def _print_overlap(matrix: Overlap) -> None:
    if len(matrix.groups) > 1:
        shared = [(name, *row) for name, row in zip(matrix.groups, matrix.codes.tolist(), strict=True)]
        emit_table((f"shared codes {matrix.edition}", *matrix.groups), shared, title="Overlaps; never add filiere up")
        note(f"{matrix.in_several:,} of {matrix.in_any:,} six-digit codes of {matrix.edition} are in several filiere.")


def _print_shares(counts: ActivityCounts | None, shares: list[GroupShare]) -> None:
    from atlante.pipeline.filiere import unknown_firms

    if counts is None:
        return
    rows = [
        (each.group, each.stage or "all", each.firms, f"{each.share:.2%}", f"{each.partial_share:.1%}", each.undecided)
        for each in shares
    ]
    emit_table(
        ("filiera", "stage", "firms", "share", "of which partial", "undecided"),
        rows,
        title=f"Firms of {counts.source_id} on {counts.reference_date}",
    )
    note(
        f"Shares are of {sum(counts.codes.values()):,} firms with a code; {counts.without_code:,} have none, and "
        f"{unknown_firms(counts):,} have one that its edition lacks. A firm may be in several filiere."
    )


def _described(group: ActivityGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "kind": group.kind,
        "title": group.title.as_dict(),
        "definition": group.definition.as_dict(),
        "source": group.source.as_dict(),
        "is_proposal": group.is_proposal,
        "stages": [stage.id for stage in group.stages],
        "file": group.path,
        "codes": {edition: len(group.members(edition)) for edition in ("2007", "2022", "2025")},
    }


def _document(
    problems: list[tuple[Path, Problem]],
    found: dict[str, list[Difference]],
    inner: dict[str, list[Nested]],
    matrix: Overlap,
) -> dict[str, Any]:
    return {
        "problems": [
            {"file": path, "line": each.line, "key": each.key, "problem": each.text} for path, each in problems
        ],
        "differences": [
            {"filiera": group, **dataclasses.asdict(each)} for group, differing in found.items() for each in differing
        ],
        "nested": [
            {"filiera": group, **dataclasses.asdict(each)} for group, listed in inner.items() for each in listed
        ],
        "overlap": {
            "edition": matrix.edition,
            "filiere": matrix.groups,
            "codes": matrix.codes.tolist(),
            "in_any": matrix.in_any,
            "in_several": matrix.in_several,
        },
    }


def _document_of_shares(counts: ActivityCounts | None, shares: list[GroupShare]) -> dict[str, Any]:
    return {
        "source": counts.source_id if counts else None,
        "reference_date": counts.reference_date if counts else None,
        "shares": [dataclasses.asdict(each) for each in shares],
    }
