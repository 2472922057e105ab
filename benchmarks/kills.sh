#!/usr/bin/env bash
# Kills the processes that share a study, at random moments, until so many were killed, and compares each study's report
# with that of a process that nobody disturbed. In the repository's root:
#
#   dotnet build examples/Cluster -c Release && benchmarks/kills.sh [200 kills] [2 processes]
set -euo pipefail

kills=${1:-200}
processes=${2:-2}
program=examples/Cluster/bin/Release/net10.0/Cluster.dll
folder=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=1
RANDOM=1

# All that a report's result says but for how long it took; 3 is INVALID, which is a report too.
figures() { sed -n '/"Result"/,/^  "Timings"/p' "$1/report.json" | grep -v -E '"Seconds"|"Timings"'; }
study() { dotnet "$program" ablate --output "$1" >/dev/null 2>&1 || [ $? -eq 3 ]; }

study "$folder/alone"
killed=0 studies=0 finished=0
while [ "$killed" -lt "$kills" ]; do
  shared=$folder/$studies
  studies=$((studies + 1))
  until [ -f "$shared/report.json" ]; do
    pids=()
    for _ in $(seq "$processes"); do
      dotnet "$program" ablate --output "$shared" >/dev/null 2>&1 &
      pids+=($!)
    done
    # From within the start of a process to some units of work later.
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    for pid in "${pids[@]}"; do
      if [ "$killed" -lt "$kills" ] && kill -9 "$pid" 2>/dev/null; then
        killed=$((killed + 1))
      fi
    done
    wait "${pids[@]}" 2>/dev/null || true
  done
  # The one that wrote the report may have been killed before another form of it.
  study "$shared"
  diff <(figures "$folder/alone") <(figures "$shared") || { echo "Study $studies differs."; exit 1; }
  finished=$((finished + 1))
  rm -rf "$shared"
  echo "$killed killed, $finished studies finished with the figures of one that was not disturbed" >&2
done
echo "$killed processes killed, $finished studies: every report has the figures of one that was not disturbed."
