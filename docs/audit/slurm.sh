#!/bin/sh
# An audit as an array job of Slurm: one task a share.
#
#   keydredge audit list /srv/git -o list
#   sbatch --array=0-15 slurm.sh list out
#   sbatch --dependency=afterany:JOB --wrap 'keydredge audit merge out --list list -f html -o audit.html'
#
# The share comes from SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT. A task that failed, or whose node did, is run again: with
# --requeue by Slurm, or by `sbatch --array=3 slurm.sh list out` with the share said (--shard 4/16), since an array of one
# would take the whole list. It goes on where the first ended.
#SBATCH --job-name=keydredge-audit
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=TERM@60
set -u
# --exit-zero: findings are no failure of the task. 3 stays: a repository failed, or something in it could not be read.
exec "${KEYDREDGE:-keydredge}" audit run --list "$1" --out "$2" ${3:+--shard "$3"} \
  --work "${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/keydredge-$SLURM_JOB_ID" --timeout 2h --exit-zero
