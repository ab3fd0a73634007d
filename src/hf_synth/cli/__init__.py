"""`hf-synth`, the command line. Results go to stdout, everything else to stderr."""

from hf_synth.cli.main import main

__all__ = ["main"]
