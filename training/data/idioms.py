"""All templates, by the sort of program they make."""

from __future__ import annotations

from neuraldbg.training.data import idioms_objects, idioms_scripts, idioms_several
from neuraldbg.training.data.idioms_collections import COLLECTIONS
from neuraldbg.training.data.idioms_dicts import DICTS
from neuraldbg.training.data.idioms_lists import LISTS
from neuraldbg.training.data.idioms_methods import LIBRARY, METHODS
from neuraldbg.training.data.idioms_numbers import NUMBERS
from neuraldbg.training.data.idioms_text import TEXT
from neuraldbg.training.data.templates import Pool

FUNCTIONS = Pool(TEXT, LISTS, COLLECTIONS, DICTS, NUMBERS)
SHORT = Pool(METHODS, LIBRARY, LIBRARY)
SEVERAL = Pool(idioms_several.SEVERAL)
SCRIPTS = Pool(idioms_scripts.SCRIPTS)
OBJECTS = Pool(idioms_objects.OBJECTS)
