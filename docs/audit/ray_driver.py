#!/usr/bin/env python3
"""An audit as tasks of Ray: one task a share, on a cluster whose nodes see the same folder.

    keydredge audit list --github acme -o list
    python3 ray_driver.py --list list --out out --shards 64
    keydredge audit merge out --list list -f html -o audit.html

A task is `keydredge audit run --shard I/N`. One whose worker or node died is run again by Ray; one that ended with 3 (a
repository failed, or something could not be read) is run again here, up to --attempts times. What has a receipt is not
read twice. The driver ends with 0, 2 or 3 as keydredge does; findings are the business of `audit merge`.
"""

import argparse
import os
import signal
import subprocess
import sys

import ray


@ray.remote(max_retries=5)
def read(share, arguments):
    """Reads one share; the exit code and the last lines that were said."""
    # A group of its own: what a killed worker leaves would go on writing.
    child = subprocess.Popen(
        [*arguments, "--shard", share],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=end_with_parent if sys.platform == "linux" else None,
    )
    said, _ = child.communicate()
    return child.returncode, said[-4000:]


def end_with_parent():
    """Has the kernel end the program when the worker dies (Linux)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--cpus", type=float, default=2, help="cores of one task")
    parser.add_argument("--address", default="auto", help="of the cluster; `local` starts one here")
    parser.add_argument("--keydredge", default="keydredge")
    parser.add_argument("more", nargs="*", help="after --: further flags of `audit run`")
    flags = parser.parse_args()

    ray.init(address=None if flags.address == "local" else flags.address, log_to_driver=False)
    arguments = [flags.keydredge, "audit", "run", "--list", os.path.abspath(flags.list)]
    arguments += ["--out", os.path.abspath(flags.out), "--exit-zero", *flags.more]
    task = read.options(num_cpus=flags.cpus)

    def start(share):
        return task.remote(f"{share}/{flags.shards}", arguments)

    attempts = {share: 1 for share in range(1, flags.shards + 1)}
    running = {start(share): share for share in attempts}
    failed = {}
    while running:
        [done], _ = ray.wait(list(running), num_returns=1)
        share = running.pop(done)
        try:
            code, said = ray.get(done)
        except ray.exceptions.RayError as error:
            code, said = 3, str(error)
        print(f"share {share}: exit {code}, attempt {attempts[share]}: {said.strip()}", flush=True)
        if code == 0:
            continue
        if code == 2:
            # A wrong flag or list is wrong for all shares.
            for other in running:
                ray.cancel(other)
            return 2
        if attempts[share] < flags.attempts:
            attempts[share] += 1
            running[start(share)] = share
        else:
            failed[share] = code
    if failed:
        print(f"not whole: {sorted(failed)}; run this again, and `audit merge` names what is missing", file=sys.stderr)
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
