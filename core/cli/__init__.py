"""The ``maskwright`` command: everything the window does, on a machine with no display."""

import signal
import sys
import traceback

from core import safe_path
from core.words import tr


def main() -> None:
    """The entry point; leaves with the exit codes that ``maskwright --help`` lists."""
    from core.held_signals import hold
    from core.streams import harden

    if sys.platform != "win32":
        hold({signal.SIGUSR1})  # which asks a job to pause: until there is one that hears it
    safe_path.protect_children()
    harden()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Do what the command line ``arguments`` say; returns the exit code."""
    from core.errors import in_words

    debug = "--debug" in arguments
    try:
        from core.cli.commands import app

        app(arguments, prog_name="maskwright")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last place where a fault can still be said in words
        if (known := in_words(error)) is not None:
            return _say(error, known.message, known.hint, code=1, debug=debug)
        hint = tr("this is a fault in Maskwright; --debug shows where")
        return _say(error, f"{type(error).__name__}: {error}", hint, code=3, debug=debug)
    return 0


def _say(error: Exception, message: str, hint: str, *, code: int, debug: bool) -> int:
    from core.cli.console import error_line
    from core.plain_text import printable

    if debug:
        sys.stderr.write(printable("".join(traceback.format_exception(error)), lines=True))
    sys.stderr.write(error_line(message, hint) + "\n")
    return code
