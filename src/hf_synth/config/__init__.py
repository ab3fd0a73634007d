"""What users write: the generation config, its reading and its two identities."""

from hf_synth.config.identity import Identities, digest
from hf_synth.config.model import Constraints, GenerationConfig, ModelConfig, Models, Run, Source
from hf_synth.config.quality import Quality
from hf_synth.config.read import read_config

__all__ = [
    "Constraints",
    "GenerationConfig",
    "Identities",
    "ModelConfig",
    "Models",
    "Quality",
    "Run",
    "Source",
    "digest",
    "read_config",
]
