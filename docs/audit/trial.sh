#!/bin/sh
# Holds the engines of this folder to their word, on one machine: the answer is the same byte for byte unsharded, in four
# shards under xargs, under a Ray cluster of two nodes and under a Slurm of one node, with a worker killed in the middle of
# each.
#
#   docs/audit/trial.sh FOLDER [REPOSITORIES] [ray] [slurm]
#
# FOLDER is made; KEYDREDGE names the program, PYTHON one that can import ray. For Slurm: Debian's slurmctld, slurmd,
# slurm-client and munge, as root, with no other Slurm running; what is started is ended by its process id.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1 count=${2:-60}
shift; [ $# -gt 0 ] && shift
KEYDREDGE=${KEYDREDGE:-keydredge} PYTHON=${PYTHON:-python3}
export KEYDREDGE
mkdir -p "$folder" && cd "$folder" && folder=$(pwd)

make_repositories() {
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
  for name in AUTHOR COMMITTER; do export "GIT_${name}_NAME=A" "GIT_${name}_EMAIL=a@example.org"; done
  at=0
  while [ $at -lt "$count" ]; do
    git init -q -b main work
    # Drawn here; every third is in several repositories.
    seed=$((at % 3 == 0 ? at % 9 : at + 1000))
    echo "password = \"$(printf '%s' "drawn $seed" | sha256sum | cut -c1-20)\"" > work/app.ini
    head -c $((at * 20000)) /dev/urandom > work/blob
    git -C work add -A
    GIT_AUTHOR_DATE="$((1700000000 + at)) +0000" GIT_COMMITTER_DATE="$((1700000000 + at)) +0000" \
      git -C work commit -q -m one
    mkdir -p "all/g$((at % 5))"
    git clone -q --bare --no-local work "all/g$((at % 5))/r$at.git"
    rm -rf work
    at=$((at + 1))
  done
  # As URLs, so that there are clones to leave behind.
  find "$folder/all" -name '*.git' | sed 's,^,file://,' > urls
  "$KEYDREDGE" audit list --from urls -o list
}

merge() {
  code=0
  "$KEYDREDGE" audit merge "$1" --list list -f jsonl -o "$1.jsonl" || code=$?
  sha256sum < "$1.jsonl" | cut -c1-16 | sed "s,^,$1: exit $code ,"
}

receipts() { find "$1" -name '*.json' 2> /dev/null | wc -l; }

# Kills the worker that reads into the folder $1, once a third is read.
kill_one() {
  until [ "$(receipts "$1")" -ge $((count / 3)) ]; do sleep 0.05; done
  victim=$(pgrep -f "^$KEYDREDGE audit run --list .*--out [^ ]*$1( |\$)" | head -n 1)
  kill -KILL "$victim" && echo "$1: killed worker $victim with $(receipts "$1") of $count receipts"
}

same() { cmp "$1.jsonl" whole.jsonl && echo "$1: the same bytes as unsharded"; }

[ -f list ] || make_repositories
rm -rf whole xargs ray slurm
"$KEYDREDGE" audit run --list list --out whole --exit-zero
merge whole

kill_one xargs &
seq 4 | xargs -P 2 -I{} "$KEYDREDGE" audit run --list list --shard {}/4 --out xargs --exit-zero || echo "xargs: exit $?"
wait
merge xargs
seq 4 | xargs -P 2 -I{} "$KEYDREDGE" audit run --list list --shard {}/4 --out xargs --exit-zero
merge xargs && same xargs

for engine; do case $engine in
ray)
  port=26379
  "$PYTHON" -m ray.scripts.scripts start --head --port=$port --num-cpus=1 --include-dashboard=false > ray.log 2>&1
  "$PYTHON" -m ray.scripts.scripts start --address=127.0.0.1:$port --num-cpus=1 >> ray.log 2>&1
  kill_one ray &
  "$PYTHON" "$here/ray_driver.py" --list list --out ray --shards 4 --cpus 1 --address 127.0.0.1:$port \
    --keydredge "$KEYDREDGE" || echo "ray: exit $?"
  wait
  "$PYTHON" -c "import ray; ray.init('127.0.0.1:$port', log_to_driver=False); print('ray: nodes', len(ray.nodes()))" 2>> ray.log
  "$PYTHON" -m ray.scripts.scripts stop >> ray.log 2>&1
  merge ray && same ray
  ;;
slurm)
  mkdir -p state spool /run/munge
  name=$(hostname -s)
  cat > slurm.conf << CONF
ClusterName=trial
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF="$folder/slurm.conf"
  [ -s munge.key ] || head -c 1024 /dev/urandom > munge.key
  chmod 400 munge.key && mkdir -p munge && chmod 700 munge
  munged --force --key-file="$folder/munge.key" --socket=/run/munge/munge.socket.2 --pid-file="$folder/munged.pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
  slurmctld && slurmd
  until sinfo -h -o %t 2> /dev/null | grep -q idle; do sleep 0.5; done
  job=$(sbatch --parsable --array=0-3 -n 1 -o "$folder/slurm-%a.log" "$here/slurm.sh" list slurm)
  kill_one slurm
  while squeue -h -j "$job" 2> /dev/null | grep -q .; do sleep 0.5; done
  echo "slurm: after the first run"; cat slurm-*.log; merge slurm
  job=$(sbatch --parsable --array=0-3 -n 1 -o "$folder/slurm-again-%a.log" "$here/slurm.sh" list slurm)
  while squeue -h -j "$job" 2> /dev/null | grep -q .; do sleep 0.5; done
  for pid in slurmd slurmctld munged; do kill "$(cat $pid.pid)"; done
  merge slurm && same slurm
  ;;
esac; done
