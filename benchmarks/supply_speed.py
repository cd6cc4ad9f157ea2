"""How fast a supply plan is made, beside the bare assembly of the same matrices and HiGHS given them directly.

Run from the project's folder: make bench-supply, or python benchmarks/supply_speed.py --large for 10,000 items. The
companies are made up (supply_company.py). One run each, in a process of its own; the ratios travel, the seconds do not.
Bare assembly is the same matrices put together by hand with scipy (supply_bare.py), and checked to be the same.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings

DIRECT_LIMIT = 150.0
"""Seconds HiGHS is given with the matrices directly."""


def measure(items: int, direct: bool) -> dict:
    from supply_bare import bare_matrices, difference
    from supply_company import company

    from sopbench.params import Supply
    from sopbench.supply.answers.optimum import read_optimum
    from sopbench.supply.model.inputs import lay_out, model_inputs
    from sopbench.supply.model.model import build_model
    from sopbench.supply.plan import plan_tables
    from sopbench.supply.solver.compile import compile_model
    from sopbench.supply.solver.highs import as_highs
    from sopbench.supply.solver.solver import solve_programme

    settings, tables = Supply(time_limit=3600), company(items)
    clock = [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    laid = lay_out(settings, **tables)
    inputs = model_inputs(settings, laid)
    found = {"items": items, "inputs": lap()}
    model = build_model(inputs)
    compiled = compile_model(model, inputs)
    found["build"] = lap()
    programme = compiled.programme
    lap()
    matrix, right = bare_matrices(inputs)
    found["assembly"] = lap()
    assert difference(matrix, right, model, compiled) == 0
    lap()
    answer = solve_programme(programme, settings.time_limit, settings.gap)
    found["solve"] = lap()
    if answer is None:
        return found | {"status": "none"}
    made = plan_tables("base", inputs, laid.paths, read_optimum(model, inputs, compiled, answer), laid.tables["items"])
    found["tables"] = lap()
    found |= {"rows": int(matrix.shape[0]), "columns": int(matrix.shape[1]), "gap": answer.gap}
    found["binding"] = float((made["capacity_plan"]["shadow_price"] > 1e-6).mean())
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if direct:
        import highspy

        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("time_limit", DIRECT_LIMIT)
        lap()
        solver.passModel(as_highs(programme))
        solver.run()
        found["direct"] = lap()
        found["ended"] = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return found


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--large", action="store_true", help="10,000 items too")
    words.add_argument("--one", type=int)
    asked = words.parse_args()
    warnings.simplefilter("ignore")
    if asked.one:
        print(json.dumps(measure(asked.one, asked.one <= 1000)))
        return
    print(
        f"{'items':>7}{'rows':>11}{'columns':>11}{'tight':>7}{'inputs':>8}{'build':>8}{'solve':>8}{'tables':>8}", end=""
    )
    print(f"{'gap':>10}{'MiB':>8}{'build/assembly':>16}{'build/solve':>13}{'all/HiGHS':>11}")
    for items in [100, 300, 1_000] + [10_000] * asked.large:
        words = [sys.executable, __file__, "--one", str(items)]
        said = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]
        row = json.loads(said)
        if "gap" not in row:
            print(f"{items:7,}  no plan after {row['solve']:.0f} s of solving")
            continue
        every = row["build"] + row["solve"]
        beside = f"{every / row['direct']:.2f}{'' if row['ended'] else ' (cut)'}" if "direct" in row else "-"
        print(f"{items:7,}{row['rows']:11,}{row['columns']:11,}{row['binding']:7.0%}", end="")
        print("".join(f"{row[name]:8.2f}" for name in ("inputs", "build", "solve", "tables")), end="")
        print(f"{row['gap']:10.4%}{row['peak']:8,.0f}{row['build'] / row['assembly']:16.1f}", end="")
        print(f"{row['build'] / row['solve']:13.2f}{beside:>11}", flush=True)


if __name__ == "__main__":
    main()
