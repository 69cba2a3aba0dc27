"""Runs the programs that `cargo test --test files code::` leaves in its folder, with the frameworks, and says what came of it.

    python run_programs.py target/tmp/code/pytorch www/data/mnist [--steps 200] [--torchrun 2] [--only NAME ...]

Needs what the programs need. A program fails if it ends with an error (its own check of the number of parameters
among them), or if the test images are not classified better than 0.6 after the steps.
The row-by-row networks (row_*) learn slower: after 120 steps most are still below.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

WANTED = 0.6


def run(program, arguments):
    command = [sys.executable]
    if arguments.torchrun:
        command += ["-m", "torch.distributed.run", "--nproc-per-node", str(arguments.torchrun)]
    command += [str(program), str(arguments.data), "--steps", str(arguments.steps)]
    start = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    outcome = re.findall(r"test loss ([\d.]+), accuracy ([\d.]+)", result.stdout)
    if result.returncode != 0 or not outcome:
        return False, "failed: " + result.stderr.strip()[-1500:]
    loss, accuracy = map(float, outcome[-1])
    said = f"test loss {loss:.4f}, accuracy {accuracy:.4f}, {time.monotonic() - start:.0f} s"
    return accuracy > WANTED, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--torchrun", type=int, help="in so many processes")
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    programs = [path for path in sorted(arguments.programs.glob("*.py")) if not arguments.only or path.stem in arguments.only]
    n_failed = 0
    for program in programs:
        passed, said = run(program, arguments)
        n_failed += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {program.stem:20} {said}", flush=True)
    print(f"{len(programs) - n_failed} passed, {n_failed} failed")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
