# shellcheck shell=bash
# The stage of the play: vendors, servers, a repository, a release, and how a job is run and looked
# at. `run` sources it. Shared with it:
#   code, result    how the last job ended
#   needs, vars, event, inputs, ref, secrets    what GitHub would tell the next job
# Before it is sourced, `rosters` may name another folder with the first roster, and `gated` (not empty)
# puts `gate` between the jobs and the vendors.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
tools="$("$root/tests/lint/tools")"
if [ -z "${ROSTERCTL:-}" ]; then
  cargo build --quiet --locked --manifest-path "$root/Cargo.toml"
  ROSTERCTL="${CARGO_TARGET_DIR:-$root/target}/debug/rosterctl"
fi

stage="$(mktemp -d "${TMPDIR:-/tmp}/gitops.XXXXXX")"
processes=()
tidy() {
  for process in "${processes[@]}"; do kill "$process" 2> /dev/null || true; done
  wait
  if [ -n "${KEEP:-}" ]; then echo "kept: $stage"; else rm -rf "$stage"; fi
}
trap tidy EXIT

mkdir "$stage"/{bin,home,store,cache,runs,tmp}
export FAKE_STORE="$stage/store" HOME="$stage/home" TMPDIR="$stage/tmp" LANG=C.UTF-8
printf '#!/usr/bin/env bash\nexec %q %q "$@"\n' "$tools/python" "$here/gh" > "$stage/bin/gh"
chmod +x "$stage/bin/gh"
cp "$ROSTERCTL" "$stage/rosterctl"
PATH="$stage/bin:$PATH"
export GIT_CONFIG_GLOBAL="$stage/gitconfig"
git config --global user.name play
git config --global user.email play@example.com
git config --global init.defaultBranch main
git config --global advice.detachedHead false
# Commits by name are fetched at GitHub too.
git config --global uploadpack.allowAnySHA1InWant true

# --- What is expected ---------------------------------------------------------------------------

passed=0
ok() { passed=$((passed + 1)) && echo "ok    $*"; }
fail() {
  echo "FAILED  $*"
  echo "--- the last job:"
  tail -n 60 "$stage/log" 2> /dev/null || true
  exit 1
}
# expect WHAT COMMAND…: the command has to succeed.
expect() {
  local what="$1"
  shift
  if "$@" > "$stage/expect" 2>&1; then ok "$what"; else cat "$stage/expect"; fail "$what"; fi
}
has() { grep -qF -- "$2" "$1"; }
has_not() { ! grep -qF -- "$2" "$1"; }
same() { [ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }; }
# shown_text FILE: the text that a page of Markdown shows for characters that it spells as references.
shown_text() { "$tools/python" -c 'import html, sys; print(html.unescape(open(sys.argv[1]).read()))' "$1"; }
# Orders two texts of a file: the first is further up.
above() {
  local one other
  one="$(grep -nF -- "$2" "$1" | head -n 1 | cut -d: -f1)"
  other="$(grep -nF -- "$3" "$1" | head -n 1 | cut -d: -f1)"
  [ -n "$one" ] && [ -n "$other" ] && [ "$one" -lt "$other" ]
}

# --- Vendors, servers, repository, release --------------------------------------------------------

# start LOG COMMAND…: runs it in the background until the end of the play.
start() {
  local log="$1"
  shift
  "$@" > "$log" &
  processes+=("$!")
  for _ in {1..200}; do
    [ ! -s "$log" ] || return 0
    sleep 0.05
  done
  fail "$* does not start"
}
mkdir "$stage/seed"
rosters="${rosters:-$here/roster}"
cp "$rosters"/*.yaml "$stage/seed/"
sed -i 's#@VENDORS@#http://127.0.0.1:9#' "$stage/seed/vendors.yaml"
start "$stage/sandbox" "$stage/rosterctl" sandbox "$stage/seed"
for _ in {1..200}; do
  if grep -q ^export "$stage/sandbox"; then break; fi
  sleep 0.05
done
vendors="$(sed -n 's/^export ROSTERCTL_SANDBOX=//p' "$stage/sandbox")"
if [ -n "${gated:-}" ]; then
  start "$stage/gate" "$tools/python" "$here/gate" "$vendors"
  vendors="$(cat "$stage/gate")"
fi
start "$stage/gitlab" "$tools/python" "$here/gitlab"
gitlab="$(cat "$stage/gitlab")"

# at_bitsight EMAIL JQ: a field of an account as the vendor shows it.
at_bitsight() {
  curl -fsS -u sandbox-bitsight-token: "$vendors/bitsight/ratings/v2/users?limit=100&offset=0" |
    jq -r --arg email "$1" ".results[] | select(.email == \$email) | $2"
}
# edit EMAIL JSON: somebody changes an account by hand, behind our back.
edit() {
  curl -fsS -u sandbox-bitsight-token: -X PATCH -H 'content-type: application/json' -d "$2" \
    -o /dev/null "$vendors/bitsight/ratings/v2/users/$(at_bitsight "$1" .guid)"
}

git init --quiet --bare "$stage/origin"
git clone --quiet "$stage/origin" "$stage/desk" 2> /dev/null
cd "$stage/desk"
mkdir roster
cp "$rosters"/*.yaml roster/
sed -i "s#@VENDORS@#$vendors#" roster/vendors.yaml
echo '/roster/.rosterctl/' > .gitignore
git add --all
git commit --quiet --message "The roster"
git push --quiet origin main

# The release that the action installs, packed as the release workflow packs it.
version="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | sed -n 1p)"
release="$FAKE_STORE/releases/v$version"
target="$(uname -m)-unknown-linux-musl"
"$root/.ci/package" "$stage/rosterctl" "$target" "$release" > /dev/null
archive="$release/rosterctl-$version-$target.tar.gz"
(cd "$release" && sha256sum -- * > ../SHA256SUMS && mv ../SHA256SUMS .)
jq -n --arg sum "$(sha256sum "$archive" | cut -d' ' -f1)" '[$sum]' > "$FAKE_STORE/attested.json"
action="$stage/_actions/OWNER/rosterctl/0000000"
mkdir -p "$action"
cp "$root/action.yml" "$root/Cargo.toml" "$action/"

# --- Jobs -----------------------------------------------------------------------------------------

secrets='{
  "BITSIGHT_TOKEN": "sandbox-bitsight-token",
  "LOGICGATE_CLIENT_ID": "sandbox-logicgate-client_id",
  "LOGICGATE_CLIENT_SECRET": "sandbox-logicgate-client_secret",
  "SNAPLOGIC_EMAIL": "admin@sandbox.example",
  "SNAPLOGIC_PASSWORD": "sandbox-snaplogic-password",
  "SURECLOUD_JWT": "sandbox-surecloud-jwt"
}'
job_path="$PATH"
runs=0
needs='{}'
event='{}'
vars='{}'
inputs='{}'
ref=refs/heads/main
code=0
result=''

# begin: an empty workspace for the next job.
begin() {
  runs=$((runs + 1))
  export JOB_CONTEXT="$stage/runs/$runs.context" JOB_RESULT="$stage/runs/$runs.result"
  export JOB_SUMMARY="$stage/runs/$runs.summary"
  workspace="$stage/runs/$runs"
  mkdir "$workspace"
  : > "$JOB_SUMMARY"
}
# finish SYSTEM FILE JOB: runs it there; sets code and result, and what it needs is remembered.
finish() {
  code=0
  (cd "$workspace" && PATH="$job_path" "$tools/python" "$here/job" "$1" "$2" "$3") > "$stage/log" 2>&1 || code=$?
  cat "$stage/log" >> "$stage/all.log"
  [ -e "$JOB_RESULT" ] || fail "the job $3 could not be played"
  result="$(jq -r .result "$JOB_RESULT")"
  needs="$(jq --arg name "$3" --slurpfile it "$JOB_RESULT" '.[$name] = $it[0]' <<< "$needs")"
}
# github WORKFLOW JOB: one job of examples/github.
github() {
  begin
  local sha
  sha="$(git -C "$stage/origin" rev-parse "$ref")"
  jq -n --arg sha "$sha" --arg ref "$ref" --arg run "$runs" --arg origin "$stage/origin" \
    --arg cache "$stage/cache" --arg action "$action" --argjson secrets "$secrets" \
    --argjson needs "$needs" --argjson event "$event" --argjson vars "$vars" \
    --argjson inputs "$inputs" '
    {
      github: { ref: $ref, sha: $sha, repository: "company/roster", run_id: $run, run_attempt: "1",
                server_url: "https://github.example", token: "fake-github-token", event: $event },
      runner: { github_actions: "true", github_actor: "dev", github_event_name: "push",
                github_run_id: $run, github_server_url: "https://github.example",
                github_repository: "company/roster", github_ref: $ref, github_sha: $sha,
                github_ref_name: ($ref | sub("^refs/(heads|pull)/"; "")),
                runner_os: "Linux", runner_arch: (if $action != "" then "ARCH" else "" end) },
      secrets: $secrets, needs: $needs, vars: $vars, inputs: $inputs,
      origin: $origin, cache: $cache, action: $action
    }' | sed "s/\"ARCH\"/\"$(case "$(uname -m)" in aarch64) echo ARM64 ;; *) echo X64 ;; esac)\"/" \
    > "$JOB_CONTEXT"
  finish github "$root/examples/github/$1" "$2"
}
# propose FROM: makes the pull request 7 of the branch, merged for trial as GitHub does it.
propose() {
  git push --quiet --force origin "$1"
  git checkout --quiet --detach main
  git merge --quiet --no-ff --no-edit "$1" > /dev/null
  git push --quiet --force origin HEAD:refs/pull/7/merge
  git checkout --quiet "$1"
  ref=refs/pull/7/merge
  needs='{}'
  event="$(jq -n --arg sha "$(git rev-parse "$1")" '{ pull_request: { number: 7,
    head: { sha: $sha, repo: { full_name: "company/roster" } }, user: { login: "dev" }, labels: [] } }')"
}
merge() {
  git checkout --quiet main
  git merge --quiet --no-ff --no-edit "$1" > /dev/null
  git push --quiet origin main
  on_main
}
on_main() { ref=refs/heads/main needs='{}' event='{}' inputs='{}'; }
# by_hand ALLOW: apply.yml is started on main with this in its field.
by_hand() { on_main && inputs="$(jq -n --arg allow "$1" '{ allow: $allow }')"; }
# label NAME: the pull request has this label.
label() { event="$(jq --arg name "$1" '.pull_request.labels += [{ name: $name }]' <<< "$event")"; }
comment() { jq -j '.[-1].body' "$FAKE_STORE/comments.json" > "$stage/comment"; }
digest_of() { grep -o 'sha256:[0-9a-f]\{64\}' "$1" | head -n 1; }

# at_gitlab JOB VARIABLES: one job of the example for GitLab.
at_gitlab() {
  begin
  jq -n --arg origin "$stage/origin" --arg cache "$stage/cache-gitlab" --arg api "$gitlab/api/v4" \
    --argjson secrets "$secrets" --argjson more "$2" '
    { origin: $origin, cache: $cache,
      variables: ({ CI_PROJECT_ID: "5", CI_API_V4_URL: $api, CI_DEFAULT_BRANCH: "main",
        CI_JOB_URL: "https://gitlab.example/job/1", CI_JOB_TOKEN: "fake-job-token" } + $secrets + $more) }' > "$JOB_CONTEXT"
  # The job's image has the binary; at GitHub the action has to bring it.
  job_path="$stage:$PATH"
  finish gitlab "$root/examples/gitlab-ci.yml" "$1"
}
request() {
  jq -n --arg sha "$(git rev-parse "$1")" --arg source "$2" '{ CI_PIPELINE_SOURCE: "merge_request_event",
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: $source, CI_MERGE_REQUEST_IID: "7", CI_COMMIT_SHA: $sha,
    CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main", ROSTERCTL_COMMENT_TOKEN: "fake-gitlab-token" }'
}
# shellcheck disable=SC2034 # Only `run` plays GitLab.
push="$(jq -n '{ CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "main" }')"
# shellcheck disable=SC2034
night="$(jq -n '{ CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_BRANCH: "main" }')"
# at_main VARIABLES: with the commit that main is at.
at_main() { jq --arg sha "$(git -C "$stage/origin" rev-parse main)" '.CI_COMMIT_SHA = $sha' <<< "$1"; }
note() { jq -j '.[-1].body' "$FAKE_STORE/notes.json" > "$stage/comment"; }
