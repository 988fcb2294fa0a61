"""Runs the benchmarks named on the command line, or all of them: every module in this folder that has a `main`."""

import importlib
import pkgutil
import sys

import bench


def main(names: list[str]) -> int:
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_"))
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    for name in names or known:
        module = importlib.import_module(f"bench.{name}")
        print(f"## {name}: {(module.__doc__ or '').splitlines()[0]}\n", flush=True)
        module.main()
        print(flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
