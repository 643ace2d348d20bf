"""serve: the web page of a run, on this machine."""

from typing import Annotated

import typer

from partwise.cli import options as o


def serve(
    run: o.RunFolder,
    port: Annotated[int, typer.Option("--port", help="Where to listen, 1 to 65535.")] = 8000,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; any other than this machine's own needs --token.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar="PARTWISE_TOKEN",
            help="Asked for before anything is shown, at least 12 characters; scripts send it as X-Partwise-Token.",
        ),
    ] = None,
) -> None:
    """Show a run as a web page: parts, pictures, search, mix, map, new fits. Ctrl-C ends it."""
    from partwise.cli.needing import need_app

    need_app()

    from partwise.web.serving import Listening, serve_run

    listening = Listening(host, port, token)
    listening.check()

    def begun(address: str) -> None:
        typer.echo(f"{run} is shown at {address} (Ctrl-C ends it)")
        if open_page:
            typer.launch(address)

    serve_run(run, listening, begun)
    typer.echo("Ended.")
