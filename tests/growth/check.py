"""Counts the instructions for an input and for twice of it. Standard library only.

check.py BINARY [--quick] [--time FACTOR] [NAME...]

--quick takes the inputs that stand for the others. --time measures seconds of inputs FACTOR times as
long instead, which is less exact and shows more.
"""

import concurrent.futures
import os
import re
import sys

from case import Broken, Case, run
from evidence import EVIDENCE
from people import PEOPLE
from rosters import ROSTERS
from vendors import VENDORS

# The contract. An input is as short as counting is slow, and what grows with the square is then
# small beside the rest: at a length at which it makes 2.2 of doubled input, it makes 2.5 of input
# three times as long. So this is what a count may be.
MOST = 2.2
WRAPPER = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
QUICK = {"features", "people", "protect", "bitsight_users", "scim_members", "scim_apply_extension"}  # fmt: skip


def main():
    words = sys.argv[2:]
    binary = os.path.abspath(sys.argv[1])
    quick = "--quick" in words
    factor = float(words[words.index("--time") + 1]) if "--time" in words else None
    wanted = [it for it in words if not it.startswith("--") and it != (words[words.index("--time") + 1] if factor else None)]
    inputs = {it.__name__: (it, size) for it, size in [*ROSTERS.items(), *PEOPLE.items(), *VENDORS.items(), *EVIDENCE.items()]}
    chosen = [it for it in inputs if (not wanted or any(word in it for word in wanted)) and (not quick or it in QUICK)]
    show = os.environ.get("SHOW")
    spent = []

    def measure(case):
        code, out, err, seconds = run(case, binary, WRAPPER if factor is None else ())
        spent.append(seconds)
        if code not in case.exits:
            raise Broken(f"exit {code} is none of {case.exits}: {(out + err)[:1000]}")
        if factor is not None:
            return out + err, seconds * 1e9
        found = re.search(r"I\s+refs:\s+([\d,]+)", err)
        if not found:
            raise Broken(f"valgrind counted nothing: {err[-500:]}")
        return out + err, int(found[1].replace(",", ""))

    def one(name, times):
        make, size = inputs[name]
        said, cost = measure(make(int(size * times * (factor or 1))))
        if show and times == 1:
            lines = [it for it in said.splitlines() if it.strip() and not it.startswith("==")]
            print(f"  {name}: " + " | ".join(lines[:3] + lines[-2:])[:500])
        return cost

    slow, broken = [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        base = measure(Case("people: []\n"))[1]
        runs = {it: [pool.submit(one, it, times) for times in (1, 2)] for it in chosen}
        for name, both in runs.items():
            try:
                small, large = (it.result() for it in both)
            except Broken as why:
                broken.append(name)
                print(f"{name:24} {why}", flush=True)
                continue
            # What every run costs is no part of the growth, and would only hide some of it.
            ratio = (large - base) / max(small - base, 1)
            slow += [name] * (ratio > (MOST if factor is None else 3))
            size = int(inputs[name][1] * (factor or 1))
            print(f"{name:24} {size:7} {small / 1e6:9.1f} M {large / 1e6:9.1f} M  x{ratio:.2f}{'  TOO MUCH' if name in slow else ''}", flush=True)
    print(f"{len(runs)} inputs took {sum(spent) / 60:.1f} minutes of one core")
    if slow or broken:
        grow = f"{len(slow)} of {len(runs)} inputs grow too much: {', '.join(slow)}"
        raise SystemExit(f"{grow}; broken: {', '.join(broken)}")


main()
