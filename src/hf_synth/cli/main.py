"""The commands, and how errors end: one message that names the value, the place and the remedy, one exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from hf_synth.cli.cancel import cancel
from hf_synth.cli.generate import estimate, generate, preview, status
from hf_synth.cli.journal import journal
from hf_synth.cli.keys import keys
from hf_synth.cli.lists import providers, schemas, tiers
from hf_synth.cli.publish import extend, push
from hf_synth.cli.report import report
from hf_synth.cli.serve import serve
from hf_synth.errors import HfSynthError

_INTERRUPTED = 130
_BAD_INPUT = 2
_HUB = ("huggingface_hub", "httpx", "httpx2")  # whose errors are no OSError, all of them


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hf-synth", prog_name="hf-synth")
@click.option("-v", "--verbose", is_flag=True, help="Tell more on stderr.")
def cli(verbose: bool) -> None:
    """Turn a short generation config into a typed, verified Hugging Face dataset.

    Try it without a key:

        hf-synth generate --schema instruction_v1 --domain customer_support --count 20 --generator offline
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr)
    for noisy in ("httpx", "httpx2", "openai", "anthropic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


_LISTS = (schemas, tiers, providers)
for command in (generate, estimate, preview, status, report, push, extend, cancel, journal, serve, keys, *_LISTS):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 anything else, 2 bad config, 3 provider refused, 4 budget reached,
    5 too few rows, 130 interrupted.
    """
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code."""
    try:
        cli.main(arguments, standalone_mode=False)
    except HfSynthError as error:
        click.echo(f"hf-synth: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return _BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        click.echo("hf-synth: interrupted. Paid answers are kept: run the same again to go on.", err=True)
        return _INTERRUPTED
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _HUB:
            raise
        click.echo(f"hf-synth: {' '.join(str(error).split()) or type(error).__name__}", err=True)
        return 1
    return 0
