"""Runs at every interpreter start, so that `load_dataset("hf_synth")` works without `import hf_synth`.

It imports nothing of ours and nothing of `datasets`: it leaves a finder on `sys.meta_path` that registers hf_synth
when `datasets.load` is executed. An interpreter start must never fail, nor `import datasets`, on our account.
"""

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType

STARTED = time.time()
"""About when this process started, seconds since the epoch."""
_TARGET = "datasets.load"


def start() -> None:
    """Called by `hf_synth.pth` and, from Python 3.15 on, `hf_synth.start`. `HF_SYNTH_AUTOLOAD=0` switches it off."""
    if os.environ.get("HF_SYNTH_AUTOLOAD") != "0":
        install()


def install() -> None:
    """Register as soon as `datasets.load` is there: at once if it is imported already, else when it will be."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    if _TARGET in sys.modules:
        _register()


class _Finder:
    """Lets the other finders find `datasets.load`, and has its loader register hf_synth after executing it."""

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        if name != _TARGET:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                _hook(spec.loader)
                return spec
        return None


def _hook(loader: "Loader | None") -> None:
    if loader is None or not hasattr(loader, "exec_module"):
        return
    execute = loader.exec_module

    def exec_module(module: "ModuleType") -> None:
        del loader.exec_module  # the loader is as it was before; a reload comes by the finder again
        execute(module)
        _register()

    try:
        loader.exec_module = exec_module
    except AttributeError:  # a loader without attributes of its own: `import hf_synth` still registers
        return


def _register() -> None:
    try:
        from hf_synth.registration import register  # noqa: PLC0415  it imports datasets

        register()
    except Exception as error:  # noqa: BLE001  whatever is broken in here must not break `import datasets`
        import logging  # noqa: PLC0415  for this line alone

        logging.getLogger("hf_synth").warning(
            "load_dataset('hf_synth') will not work: %s (HF_SYNTH_AUTOLOAD=0 silences this)", error
        )
