"""The largest resident set of this process, in bytes."""

import sys
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


def reset_peak() -> None:
    """Forget earlier peaks, where the system can: on Linux; elsewhere the peak is that of the whole process."""
    with suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK)


def peak() -> int:
    """
    Tell the peak since `reset_peak`.

    :returns: Bytes.
    """
    with suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    found = getrusage(RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024
