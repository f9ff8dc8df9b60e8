"""How many bits a stage's base model gets, where QUANTIZATION_BITS is `auto`.

settings = settle(context)      # QUANTIZATION_BITS is a number from here on
"""

from autotrain.cli import Context
from autotrain.config.settings import Settings
from autotrain.training import memory


def settle(context: Context) -> Settings:
    """The settings with QUANTIZATION_BITS as a number; says what `auto` chose. For stages that load a model.

    In a run the loop has chosen already. Raises UsageError where the base model cannot be had.
    """
    context.settings, why = memory.settle_bits_here(context.settings)
    if why:
        context.say(f"{context.stage}: QUANTIZATION_BITS={context.settings.bits}: {why}; --bits sets it by hand.")
    return context.settings
