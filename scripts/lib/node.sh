# shellcheck shell=bash
# The server itself: its configuration file, database, start and stop. "node" because a cluster has several.

node_config() { printf '%s' "${EVS_CONFIG:-$EVS_STATE_DIR/evscallpro.yaml}"; }
node_log()    { printf '%s/log/node.log' "$EVS_STATE_DIR"; }
node_url()    { printf 'http://127.0.0.1:%s' "$EVS_HTTP_PORT"; }

# node_write_config: this instance's file; only what differs from the defaults in config/evscallpro.yaml.
node_write_config() {
  [[ -z "${EVS_CONFIG:-}" ]] || return 0
  (umask 077; node_config_text >"$EVS_STATE_DIR/evscallpro.yaml")
}

node_check_config() { "$EVS_BINARY" check-config --config "$(node_config)"; }
node_migrate()      { "$EVS_BINARY" migrate --config "$(node_config)"; }
# node_seed [--demo]
node_seed()         { "$EVS_BINARY" seed --config "$(node_config)" "$@"; }

node_status() { alive "$EVS_STATE_DIR/run/node.pid" evscallpro; }
node_ready()  { [[ "$(curl -s -o /dev/null -w '%{http_code}' -m 2 "$(node_url)/readyz")" == 200 ]]; }

# node_start: a node that runs with an older program or configuration is replaced.
node_start() {
  local pidfile="$EVS_STATE_DIR/run/node.pid" log; log=$(node_log)
  if node_status; then
    if [[ "$EVS_BINARY" -nt "$pidfile" || "$(node_config)" -nt "$pidfile" ]]; then node_stop
    else note "already running"; return 0; fi
  fi
  ! port_taken "$EVS_HTTP_PORT" ||
    fail "Port $EVS_HTTP_PORT is in use by $(port_owner "$EVS_HTTP_PORT")." "Choose another one: ./evs up --port N"
  start_daemon "$pidfile" "$log" "$EVS_BINARY" run --config "$(node_config)"
  wait_until 30 node_ready_or_dead
  node_status || { rm -f "$pidfile"; show_tail "$log"; fail "The node ended while starting."; }
  node_ready || { show_tail "$log"; fail "The node runs but $(node_url)/readyz does not answer 200." "$(curl -s -m 2 "$(node_url)/readyz")"; }
}

node_ready_or_dead() { node_ready || ! node_status; }

# TERM drains: calls go on in Asterisk, the log is flushed.
node_stop() { stop_process "$EVS_STATE_DIR/run/node.pid" evscallpro 20; }
