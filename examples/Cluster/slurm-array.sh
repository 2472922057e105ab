#!/usr/bin/env bash
#SBATCH --job-name=ensembles
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#
# One study, shared by the tasks of a Slurm array: each task does what no other is doing, and ends with the report of
# the whole. A task that is killed loses what it was at; submitted again, the array does the rest.
#
#   sbatch [--array=1-32] [--partition=...] slurm-array.sh <folder that all nodes see> <program> [arguments]
#   sbatch slurm-array.sh /shared/results dotnet /shared/app/MyEnsemble.dll ablate
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch slurm-array.sh <folder that all nodes see> <program> [arguments]" >&2
  exit 2
fi
results=$1
shift
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
exec "$@" --output "$results"
