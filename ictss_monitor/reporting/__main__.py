"""The process of `apart`: reads a report on standard input, writes its files, and prints their paths.

python -m ictss_monitor.reporting FOLDER FORM...
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ictss_monitor.errors import MonitorError
from ictss_monitor.reporting.apart import NICE, from_json
from ictss_monitor.reporting.render import render


def main() -> int:
    """Write the files; return 1, with one line on standard error, where one cannot be written."""
    os.nice(NICE)
    folder, *forms = sys.argv[1:]
    report = from_json(sys.stdin.buffer.read())
    try:
        for form in forms:
            sys.stdout.write(f"{render(report, form, Path(folder))}\n")
    except MonitorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
