#!/usr/bin/env bash
# What the action runs: 'reprise verify' with the action's inputs, reports, and the job's summary.
set -euo pipefail
reprise=${REPRISE:-$GITHUB_ACTION_PATH/../reprise}
arguments=("$INPUT_MODEL")
while IFS= read -r folder; do
  [[ -z $folder ]] || arguments+=(--recording "$folder")
done <<<"$INPUT_RECORDING"
while IFS= read -r argument; do
  [[ -z $argument ]] || arguments+=("$argument")
done <<<"${INPUT_ARGUMENTS:-}"
reports=${INPUT_REPORTS:-reprise-reports}
exec "$reprise" verify "${arguments[@]}" \
  --junit "$reports/verify.xml" --sarif "$reports/verify.sarif" --html "$reports/verify.html" \
  --markdown "$GITHUB_STEP_SUMMARY"
