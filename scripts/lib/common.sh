# shellcheck shell=bash
# What every script here shares: paths, colours, numbered steps with durations, waiting, process files.
# Source it; it changes nothing by itself. EVS_ROOT is the checkout.

EVS_ROOT="${EVS_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
EVS_STATE="${EVS_STATE:-/var/lib/evscallpro}"
EVS_CACHE="${EVS_CACHE:-/var/cache/evscallpro}"
export EVS_ROOT EVS_STATE EVS_CACHE

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' GREEN='' YELLOW='' PLAIN=''
fi

say()   { printf '%s\n' "$*"; }
head1() { printf '\n%s== %s ==%s\n' "$BOLD" "$*" "$PLAIN"; }
warn()  { printf '%swarning:%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }
# fail WHAT [WHAT TO DO]: says both and ends the (sub)shell.
fail() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
  [[ -n "${2:-}" ]] && printf '       %s\n' "$2" >&2
  exit 1
}

now_ms()  { date +%s%3N; }
# seconds FROM_MS: time since then, as "1.2 s" or "3 min 04 s".
seconds() {
  local ms=$(($(now_ms) - $1))
  if ((ms < 100000)); then printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
  else printf '%d min %02d s' $((ms / 60000)) $((ms / 1000 % 60)); fi
}

# show_tail FILE [LINES]: the end of a log, indented, on stderr.
show_tail() {
  [[ -s "$1" ]] || { printf '       (%s is empty)\n' "$1" >&2; return 0; }
  printf '       --- end of %s ---\n' "$1" >&2
  tail -n "${2:-25}" "$1" | sed 's/^/       /' >&2
}

have() { command -v "$1" >/dev/null 2>&1; }
need_root() { ((EUID == 0)) || fail "$1 needs root." "Run it with sudo, or point to existing services (./evs help)."; }

# --- numbered steps ------------------------------------------------------------------------------------------------
STEP_TOTAL=0 STEP_NUMBER=0 STEP_JOB=

# plan N: how many steps follow.
plan() { STEP_TOTAL=$1 STEP_NUMBER=0; }

# step TITLE COMMAND [ARGS...]: runs the command in a subshell of its own process group, its output in a log; prints
# "[n/total] TITLE ... ok 1.2 s". On failure shows the end of the log and returns the command's status.
# Where a step is followed by "||", bash ignores "set -e" inside it: its functions chain with "|| return".
# A command may write what should follow "ok" into $STEP_NOTE.
step() {
  local title=$1 began log status=0 last='' shown=0; shift
  STEP_NUMBER=$((STEP_NUMBER + 1))
  began=$(now_ms)
  mkdir -p "${STEP_LOGS:=${EVS_STATE}/log}"
  log="$STEP_LOGS/step-$STEP_NUMBER.log"
  export STEP_NOTE="$STEP_LOGS/step-$STEP_NUMBER.note"
  rm -f "$STEP_NOTE"
  local label="[$STEP_NUMBER/$STEP_TOTAL] $title"
  printf '%s ... ' "$label"
  set -m; ( "$@" ) >"$log" 2>&1 </dev/null & STEP_JOB=$!; set +m
  while kill -0 "$STEP_JOB" 2>/dev/null; do
    sleep 0.1
    shown=$((shown + 1))
    if [[ -t 1 ]] && ((shown % 10 == 0)); then # on a terminal the last line of the log runs along
      last=$(tail -c 300 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c "1-$((${COLUMNS:-100} - 30))")
      printf '\r\e[K%s ... %s  %s' "$label" "$(seconds "$began")" "$last"
    elif ((shown % 300 == 0)); then # in a file a sign of life each half minute
      last=$(tail -c 300 "$log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c 1-90)
      printf '\n      %s  %s\n%s ... ' "$(seconds "$began")" "$last" "$label"
    fi
  done
  wait "$STEP_JOB" 2>/dev/null || status=$?
  STEP_JOB=
  [[ -t 1 ]] && printf '\r\e[K%s ... ' "$label"
  if ((status == 0)); then
    printf '%sok%s %s%s\n' "$GREEN" "$PLAIN" "$(seconds "$began")" "$([[ -s $STEP_NOTE ]] && printf '  (%s)' "$(<"$STEP_NOTE")")"
  else
    printf '%sFAILED%s after %s\n' "$RED" "$PLAIN" "$(seconds "$began")"
    show_tail "$log" 40
  fi
  return "$status"
}

# note TEXT: what the running step wants to have said after "ok".
note() { [[ -z "${STEP_NOTE:-}" ]] || printf '%s' "$*" >"$STEP_NOTE"; }

# step_abort: ends the step that is running (Ctrl-C).
step_abort() { [[ -z "$STEP_JOB" ]] || kill -TERM -- "-$STEP_JOB" 2>/dev/null || true; }

# --- waiting and processes -----------------------------------------------------------------------------------------
# wait_until SECONDS COMMAND...: polls every 50 ms; false when the time is over.
wait_until() {
  local until=$(($(now_ms) + $1 * 1000)); shift
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) < until)) || return 1
    sleep 0.05
  done
}

# port_taken PORT: does anything listen on this TCP port of the loopback?
port_taken() { ss -Hltn "sport = :$1" 2>/dev/null | grep -q .; }
# port_owner PORT: the program that does, as ss names it.
port_owner() { ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | head -n 1; }

# alive PIDFILE WORD: is the process of that file running, and is it still ours (WORD is in its command line)?
alive() {
  local pid
  [[ -s "$1" ]] && read -r pid _ <"$1" && [[ -r "/proc/$pid/cmdline" ]] &&
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$2"
}

# start_daemon PIDFILE LOG COMMAND...: in its own session, so that a Ctrl-C of the terminal does not reach it.
start_daemon() {
  local pidfile=$1 log=$2; shift 2
  # shellcheck disable=SC2016
  setsid bash -c 'echo $$ >"$0"; exec "$@"' "$pidfile" "$@" >>"$log" 2>&1 </dev/null &
  wait_until 5 test -s "$pidfile"
}

# stop_process PIDFILE WORD [SECONDS]: TERM, then after SECONDS (10) KILL.
stop_process() {
  local pid
  alive "$1" "$2" || { rm -f "$1"; return 0; }
  read -r pid _ <"$1"
  kill -TERM "$pid" 2>/dev/null || true
  if ! wait_until "${3:-10}" eval "! kill -0 $pid"; then
    warn "$2 (pid $pid) did not stop within ${3:-10} s; ended at once"
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}

random_secret() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
