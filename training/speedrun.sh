#!/bin/sh
# From a checkpoint, or from nothing, to evaluated weights.
#
#     training/speedrun.sh [-c CONFIG] [-m MINUTES] [-s MINUTES] [-e ROWS.jsonl] [-p FOLDER] [KEY=VALUE ...]
#
#   -c CONFIG       default training/configs/nano.yaml (two cores); training/configs/nano-gpu.yaml for a GPU and 16 cores
#   -m MINUTES      of training in all; the learning rate decays towards their end
#   -s MINUTES      of this call: it ends with a checkpoint, and the same command goes on from there
#   -e ROWS.jsonl   evaluate the finished model on these rows, with one process a core
#   -p FOLDER       put model, log and scores there as result.tar.00, .01, ... of 15 MiB: cat result.tar.* | tar x
#   KEY=VALUE       settings of the configuration, such as preset=cwm-mini init=null data.length=512
#
# It needs torch, transformers, tiktoken and numpy; PYTHON names another interpreter than python3. Everything is written to
# the configuration's `out`. A run that was stopped, by whatever means, goes on from its last checkpoint.
set -eu
cd "$(dirname "$0")/.."
config=training/configs/nano.yaml rows= packed=
times=
while getopts c:m:s:e:p: option; do
    case $option in
        c) config=$OPTARG ;;
        m) times="$times minutes=$OPTARG" ;;
        s) times="$times session_minutes=$OPTARG" ;;
        e) rows=$OPTARG ;;
        p) packed=$OPTARG ;;
        *) sed -n '2,/^# It needs/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
python=${PYTHON:-python3}
# shellcheck disable=SC2086  # the times are two settings
out=$("$python" -m neuraldbg.training.midtrain "$config" --show out --set $times "$@")
mkdir -p "$out"
# shellcheck disable=SC2086
PYTHONHASHSEED=0 "$python" -u -m neuraldbg.training.midtrain "$config" --set $times "$@"
if [ -n "$rows" ] && [ -d "$out/model" ]; then
    "$python" -m neuraldbg.training.evaluate "$rows" --model "$out/model" --device cpu --jobs "$(nproc)" \
        --json "$out/scores.json"
fi
if [ -n "$packed" ]; then
    mkdir -p "$packed"
    (cd "$out" && tar cf - $(ls -d model log.csv scores.json 2>/dev/null)) | split -b 15M -d - "$packed/result.tar."
fi
