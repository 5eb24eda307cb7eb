"""Commands about ATECO: what a code means, codes of one edition in another, the edition of a list."""

from __future__ import annotations

import csv as csv_format
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlante.cli.console import JsonOption, emit_json, emit_table, note
from atlante.errors import EmptyFile, InvalidSeries, UnknownActivityCode

if TYPE_CHECKING:
    from atlante.classifications import Conversion

app = typer.Typer(no_args_is_help=True, help="ATECO, the classification of activities: a code needs its edition.")


class Edition(StrEnum):
    """An edition of ATECO."""

    ATECO_2007 = "2007"
    UPDATE_2022 = "2022"
    ATECO_2025 = "2025"


_DELIMITERS = ",;|\t"
_File = Annotated[Path, typer.Argument(help="A table with a header: CSV, UTF-8, or with ; | or tabs.")]
_Column = Annotated[str, typer.Option("--column", envvar="ATLANTE_COLUMN", help="The header of the column of codes.")]
_SHOWN = 20
_TITLE = 70


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="With or without dots; short codes and sections, too.")],
    *,
    edition: Annotated[
        Edition | None, typer.Option(envvar="ATLANTE_EDITION", help="Of which edition; default: of all that have it.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what a code means in each edition, and what it was and became."""
    from atlante.classifications import EDITIONS, classification, compact

    wanted, compacted = [edition.value] if edition else list(EDITIONS), compact(code)
    having = [each for each in wanted if classification(each).contains(compacted)]
    if not having:
        last = wanted[-1]
        raise UnknownActivityCode(compacted, " and ".join(wanted), classification(last).near(compacted))
    found = [_shown(compacted, each) for each in having]
    if json:
        emit_json(found)
        return
    for document in found:
        rows = [(key, value) for key, value in document.items() if key not in ("becomes", "edition")]
        emit_table((document["edition"], ""), [(key, value) for key, value in rows if value is not None])
        for target, shares in document["becomes"].items():
            listed = [(each["code"], f"{each['weight']:.3f}", each["title"]) for each in shares[:_SHOWN]]
            emit_table((f"in {target}", "weight", ""), listed)
            if len(shares) > _SHOWN:
                note(f"and {len(shares) - _SHOWN:,} more in {target}; --json shows all")


@app.command()
def convert(
    file: _File,
    *,
    column: _Column,
    since: Annotated[Edition, typer.Option("--from", envvar="ATLANTE_FROM_EDITION", help="The edition of the codes.")],
    until: Annotated[Edition, typer.Option("--to", envvar="ATLANTE_TO_EDITION", help="The edition that is wanted.")],
    prior: Annotated[
        Path | None,
        typer.Option(
            envvar="ATLANTE_PRIOR",
            help="A table with the same column in the wanted edition: codes are split as its rows are, not equally.",
        ),
    ] = None,
    csv: Annotated[Path | None, typer.Option(envvar="ATLANTE_CSV", help="Write all pairs to this file.")] = None,
    json: JsonOption = False,
) -> None:
    """Convert the codes of a table: targets with weights that add to 1, and the share of rows that is ambiguous."""
    from atlante import classifications

    counts = _counted(prior, column, until.value) if prior else None
    made = classifications.convert(_codes(file, column), since.value, until.value, prior=counts)
    rows = _pairs(made)
    if csv is not None:
        with csv.open("w", newline="", encoding="utf-8") as out:
            writer = csv_format.DictWriter(out, fieldnames=list(_PAIR))
            writer.writeheader()
            writer.writerows(rows)
        note(f"{len(rows):,} pairs written to {csv}")
    summary = _summary(made)
    if json:
        emit_json({**summary, "pairs": rows})
    elif csv is None:
        emit_table(_PAIR, [tuple(row.values()) for row in rows])
    _tell(made, summary)


@app.command()
def detect(file: _File, *, column: _Column, json: JsonOption = False) -> None:
    """Tell which edition the codes of a table are of, with the evidence."""
    from atlante.classifications import detect_edition

    evidence = detect_edition(Counter(code for code in _codes(file, column) if code))
    if json:
        emit_json(
            {
                "verdict": evidence.verdict,
                "firms": evidence.firms,
                "valid": evidence.valid,
                "decisive": evidence.decisive,
                "invalid": evidence.invalid,
                "lost_zero": evidence.lost_zero,
            }
        )
    else:
        emit_table(("verdict", "evidence"), [(evidence.verdict or "undecided", str(evidence))])


_PAIR = ("code", "rows", "target", "weight", "coverage", "is_ambiguous", "title")


def _shown(code: str, edition: str) -> dict[str, Any]:
    from atlante.classifications import EDITIONS, classification, convert, dotted

    tree = classification(edition)
    parent = tree.parent(code)
    becomes = {}
    for target in EDITIONS:
        if target != edition:
            shares = convert([code], edition, target).shares(code, len(code))
            after = classification(target)
            becomes[target] = [
                {"code": dotted(each), "weight": weight, "title": after.title(each)[:_TITLE]}
                for each, weight in shares.items()
            ]
    return {
        "edition": edition,
        "code": dotted(code),
        "level": tree.level(code),
        "title": tree.title(code),
        "part of": f"{dotted(parent)} {tree.title(parent)}" if parent else None,
        "six-digit codes": len(tree.leaves(code)),
        "becomes": becomes,
    }


def _pairs(made: Conversion) -> list[dict[str, Any]]:
    """Return one row for each code and target; what is not converted has a row without a target."""
    from atlante.classifications import classification, dotted

    tree, rows = classification(made.target_edition), []
    without = [n for n in range(len(made.codes)) if made.is_unknown[n] or made.has_no_target[n]]
    for n, target, weight, coverage in zip(made.code_index, made.target, made.weight, made.coverage, strict=True):
        values = (
            made.codes[n],
            int(made.firms[n]),
            dotted(target),
            round(float(weight), 9),
            coverage.name.lower(),
            bool(made.is_ambiguous[n]),
            tree.title(target),
        )
        rows.append(dict(zip(_PAIR, values, strict=True)))
    for n in without:
        status = "unknown" if made.is_unknown[n] else "no target"
        rows.append(dict(zip(_PAIR, (made.codes[n], int(made.firms[n]), None, None, status, False, None), strict=True)))
    return rows


def _summary(made: Conversion) -> dict[str, Any]:
    return {
        "from": made.source,
        "to": made.target_edition,
        "rows": int(made.firms.sum()),
        "codes": len(made.codes),
        "weighting": made.weighting,
        "ambiguous_share": made.ambiguous_share,
        "unconverted_share": made.unconverted_share,
    }


def _tell(made: Conversion, summary: dict[str, Any]) -> None:
    how = "in equal parts" if made.weighting == "equal" else "as the rows of --prior are"
    note(
        f"{made.ambiguous_share:.1%} of the rows converted have a code that several of {made.target_edition} "
        f"correspond to: it is split {how}. {made.unconverted_share:.1%} of {summary['rows']:,} rows are not converted."
    )


def _counted(file: Path, column: str, edition: str) -> Counter[str]:
    """Return rows by six-digit code of a table; other codes say nothing of what splits."""
    from atlante.classifications import classification, convert

    made = convert(_codes(file, column), edition, edition)
    leaves = set(classification(edition).all_leaves)
    return Counter({code: int(n) for code, n in zip(made.codes, made.firms, strict=True) if code in leaves})


def _codes(file: Path, column: str) -> list[str | None]:
    """Return the codes of a table as they stand, None where there is none.

    Raises
    ------
    EmptyFile, InvalidSeries
        If the file holds nothing, can't be read, or has no such column.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            header = lines.readline()
            if not header.strip():
                raise EmptyFile(file)
            delimiter = max(_DELIMITERS, key=header.count)
            names = next(csv_format.reader([header], delimiter=delimiter))
            if column not in names:
                raise InvalidSeries(
                    file, f"there is no column {column!r}. Its header is: {', '.join(map(repr, names))}."
                )
            place = names.index(column)
            rows = csv_format.reader(lines, delimiter=delimiter)
            return [row[place].strip() or None if len(row) > place else None for row in rows if row]
    except OSError as exc:
        raise InvalidSeries(file, f"it can't be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise InvalidSeries(file, "it is not UTF-8. Save it as UTF-8.") from exc
