"""A loading script, for `datasets` before version 4: hf_synth where `load_dataset("hf_synth")` does not find it.

    load_dataset("builder_scripts/loading_script", "instruction_v1", domain="geography", tier="economy",
                 trust_remote_code=True)

It needs hf_synth installed, and adds nothing to it: the rows, the journal and the place in the cache are those of
`load_dataset("hf_synth", …)`, so what one has paid for the other finds. In a repo of the Hub it is called as the repo
is: `user/gardens` holds it as `gardens.py`. `datasets` 4 and later refuse loading scripts, and need none.
"""

import hf_synth.hf_synth
from hf_synth.registration import CACHE_HASH, NAME, find_recipe


class LoadingScript(hf_synth.hf_synth.HfSynth):
    """The builder of hf_synth, under its own name wherever this file stands."""

    def __init__(self, *args, data_files=None, data_dir=None, **kwargs):
        recipe = find_recipe(data_files, data_dir)
        if recipe is not None:
            kwargs["recipe"] = recipe
        kwargs |= {"dataset_name": NAME, "hash": CACHE_HASH, "repo_id": None}
        super().__init__(*args, **kwargs)
