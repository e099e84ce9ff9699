"""lamina and its peers on the same work, side by side. It measures the lamina beside it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
