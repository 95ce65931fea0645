"""Type aliases of the arrays that pass between modules."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Signal: TypeAlias = NDArray[np.float32]
"""Mono audio: float32, shape (samples,), full scale -1 to 1."""

Waves: TypeAlias = NDArray[np.float32]
"""Waves: float32, shape (waves, points), or (points,) for a single wave; full scale -1 to 1."""

Samples: TypeAlias = NDArray[np.uint8]
"""Mirage sample bytes: uint8, shape (samples,); 0x80 is silence."""

Pictures: TypeAlias = NDArray[np.uint8]
"""Grayscale bitmaps: uint8, shape (pictures, size, size); 0 is black (ink), 255 is white (paper)."""
