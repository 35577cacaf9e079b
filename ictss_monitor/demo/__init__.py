"""A small estate of real servers that is broken and mended on a schedule, with the unmodified daemon watching it.

plan ─► injector (second process: estate, log of what it did)
             ▲ probes                         │
          daemon ─► store ─► comparison ◄─────┘
"""
