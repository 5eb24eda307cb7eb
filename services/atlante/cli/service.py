"""Commands about the running system: serve, status, doctor."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from atlante.cli.console import JsonOption, emit_json, emit_table
from atlante.cli.context import context_of, settings_of
from atlante.database import read_url
from atlante.settings import Settings

if TYPE_CHECKING:
    from atlante.cli.diagnosis import Finding


def register(app: typer.Typer) -> None:
    """Add the commands that stand at the root."""
    app.command()(serve)
    app.command()(status)
    app.command()(doctor)


def serve(
    context: typer.Context,
    *,
    host: Annotated[
        str | None, typer.Option(envvar="ATLANTE_HOST", help="Address to listen on; default: 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(envvar="ATLANTE_PORT", help="Port to listen on; default: 8080.")] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="ATLANTE_PUBLIC_URL", help="Address that clients see, behind a proxy; default: http://HOST:PORT."
        ),
    ] = None,
) -> None:
    """Serve the current release until it is told to stop. It reads as atlante_read and can read nothing else."""
    from atlante.web.server import serve as serve_forever

    given = {"ATLANTE_HOST": host, "ATLANTE_PORT": port, "ATLANTE_PUBLIC_URL": public_url}
    environment = dict(context_of(context).environment)
    settings = Settings.from_environment(environment | {key: str(value) for key, value in given.items() if value})
    serve_forever(settings, database_url=read_url(settings))


def status(context: typer.Context, *, json: JsonOption = False) -> None:
    """Say what is loaded, built and served."""
    from atlante import pipeline

    found = pipeline.read_status(context_of(context).database())
    if json:
        emit_json(dataclasses.asdict(found))
        return
    emit_table(
        ("boundaries", "date", "source"), [(v["vintage_id"], v["reference_date"], v["source"]) for v in found.vintages]
    )
    emit_table(
        ("extract", "date", "rows", "accepted", "rejected", "synthetic"),
        [
            (
                e["source_id"],
                e["reference_date"],
                e["rows_in_file"],
                e["rows_accepted"],
                e["rows_rejected"],
                e["is_synthetic"],
            )
            for e in found.extracts
        ],
    )
    release = found.release
    if release is None:
        emit_table(("release",), [("none: run `atlante publish`",)])
    else:
        linkage = release["linkage"]
        emit_table(
            ("release", "published", "firms", "placed", "synthetic"),
            [
                (
                    release["release_id"],
                    f"{release['published_at']:%Y-%m-%d %H:%M}",
                    linkage["firms"],
                    linkage["placed"],
                    release["is_synthetic"],
                )
            ],
        )
        abroad = {"seat abroad": linkage["foreign"]} if linkage.get("foreign") else {}
        emit_table(("not placed", "firms"), (abroad | linkage["unplaced"]).items())


def doctor(context: typer.Context, *, json: JsonOption = False) -> None:
    """Check what Atlante needs of this machine, and say how to mend what is missing."""
    from atlante.cli.diagnosis import diagnose

    findings = diagnose(settings_of(context))
    if json:
        emit_json([dataclasses.asdict(finding) for finding in findings])
    else:
        emit_table(("", "", ""), [(_mark(finding), finding.subject, finding.detail) for finding in findings])
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


def _mark(finding: Finding) -> str:
    return "ok" if finding.is_fine else "MISSING"
