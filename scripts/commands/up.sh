# shellcheck shell=bash
# ./evs up: from a bare Debian to a working page, step by step. Ctrl-C stops all of it.

up_usage() { fail "usage: ./evs up [--detach] [--no-demo] [--port N] [--config FILE]"; }

cmd_up() {
  local detach=no demo=yes port='' config=''
  while (($#)); do
    case $1 in
      -d | --detach) detach=yes ;;
      --no-demo) demo=no ;;
      --port) port=${2:?--port needs a number}; shift ;;
      --config) config=${2:?--config needs a file}; shift ;;
      *) up_usage ;;
    esac
    shift
  done
  [[ -z $port || $port =~ ^[0-9]+$ ]] || fail "\"$port\" is no port number."
  if [[ -n $config ]]; then
    [[ -r $config ]] || fail "There is no readable file $config."
    EVS_CONFIG=$(realpath "$config"); export EVS_CONFIG
    demo=no
  else
    need_root "./evs up with private services"
  fi

  local began; began=$(now_ms)
  instance_env main "$port"
  export STEP_LOGS="$EVS_STATE_DIR/log"
  if ! node_status && port_taken "$EVS_HTTP_PORT"; then
    fail "Port $EVS_HTTP_PORT is in use by $(port_owner "$EVS_HTTP_PORT")." "Choose another one: ./evs up --port N"
  fi
  trap 'up_interrupted' INT TERM
  if [[ -n $config ]]; then up_with_existing || up_failed; else up_with_private "$demo" || up_failed; fi
  say "ready in $(seconds "$began")"
  up_greeting "$demo"
  if [[ $detach == yes ]]; then
    say "Stop it with: ./evs down"
    return 0
  fi
  say "Ctrl-C stops everything. Logs: ./evs logs -f"
  while node_status; do sleep 1 & wait $! || true; done
  show_tail "$(node_log)"
  warn "the node has ended; stopping the rest"
  cmd_down
  return 1
}

# Everything private: PostgreSQL, Redis, Asterisk; services named in the environment are used instead.
up_with_private() {
  local demo=$1 packages=(build run node) seed=()
  [[ $EVS_PRIVATE_ASTERISK == yes ]] && packages+=(asterisk)
  [[ $demo == yes ]] && packages+=(phones) seed=(--demo)
  plan 9
  [[ $demo == yes ]] && plan 11
  instance_write
  step "Debian packages" packages_install "${packages[@]}" || return
  step "Server build" build_server || return
  step "Dashboard build" build_web || return
  step "PostgreSQL on port $EVS_PG_PORT" postgres_start || return
  step "Redis on port $EVS_REDIS_PORT" redis_start || return
  step "Database schema and seed" up_database "${seed[@]}" || return
  step "Asterisk 22 root file system" up_asterisk_install || return
  step "Asterisk on SIP port $EVS_SIP_PORT, AMI $EVS_AMI_PORT" up_asterisk || return
  step "Node on $(node_url)" node_start || return
  if [[ $demo == yes ]]; then
    step "Demo: carriers and 20 phones" up_demo_phones || return
    step "Demo: agents and calls" demo_start || return
  fi
}

# --config FILE: all services are somebody else's; only the node is ours.
up_with_existing() {
  plan 5
  step "Debian packages" packages_install build node || return
  step "Server build" build_server || return
  step "Dashboard build" build_web || return
  step "Configuration and database schema" up_database || return
  step "Node on $(node_url)" node_start || return
}

up_asterisk_install() {
  [[ $EVS_PRIVATE_ASTERISK == yes ]] || { note "existing"; return 0; }
  asterisk_install
}

up_asterisk() {
  if [[ $EVS_PRIVATE_ASTERISK != yes ]]; then
    note "existing; phones and trunks: asterisk_apply in its configuration, or scripts/apply-asterisk-config --etc FOLDER"
    return 0
  fi
  local status=0
  asterisk_start || return
  "$EVS_ROOT/scripts/apply-asterisk-config" || status=$?
  ((status != 3)) || note "some phones or trunks were refused, see $STEP_LOGS/step-$STEP_NUMBER.log"
  ((status == 0 || status == 3))
}

up_database() {
  node_write_config && node_check_config && node_migrate || return
  # Outside the demo the seed makes passwords and says them once: they go to the greeting.
  (umask 077; node_seed "$@" >"$EVS_STATE_DIR/run/seed.out") || { cat "$EVS_STATE_DIR/run/seed.out"; return 1; }
}

up_demo_phones() {
  carriers_start && phones_start
}

up_greeting() {
  say ""
  say "  EVSCallPro   $BOLD$(node_url)$PLAIN"
  if [[ $1 == yes ]]; then
    say "  logins       1000 supervisor, 1001 ... 1020 agents, 9000 administrator, 9999 super administrator"
    say "               (demo: the password is the login)"
  fi
  if [[ -s "$EVS_STATE_DIR/run/seed.out" && $1 != yes ]]; then
    sed 's/^/  /' "$EVS_STATE_DIR/run/seed.out"
    say "  (said only now; write them down)"
    rm -f "$EVS_STATE_DIR/run/seed.out"
  fi
  say ""
}

up_failed() {
  say ""
  say "Not started. What ran is being stopped; the logs stay in $EVS_STATE_DIR/log. After the cause is gone: ./evs up"
  down_all >/dev/null 2>&1 || true
  exit 1
}

up_interrupted() {
  trap '' INT TERM
  say ""
  step_abort
  cmd_down
  exit 130
}
