"""All modules of families: importing this one fills the register."""

from autotrain.teacher.builtin import (
    families_pipelines,
)

MODULES = (families_pipelines,)
