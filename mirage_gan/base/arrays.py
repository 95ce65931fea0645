"""The kinds of array that pass between modules."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Signal: TypeAlias = NDArray[np.float32]
"""Mono audio, shape (samples,), full scale -1 to 1."""

Waves: TypeAlias = NDArray[np.float32]
"""One wave a row, shape (waves, points), full scale -1 to 1."""

Samples: TypeAlias = NDArray[np.uint8]
"""Mirage sample bytes, shape (samples,), 0x80 is silence."""

Pictures: TypeAlias = NDArray[np.uint8]
"""Gray bitmaps, shape (pictures, size, size), 0 is black ink, 255 is white paper."""
