# shellcheck shell=bash
# The server itself: its configuration file, database, start and stop. "node" because a cluster has several.

node_config() { printf '%s' "${EVS_CONFIG:-$EVS_STATE_DIR/evscallpro.yaml}"; }
node_log()    { printf '%s/log/node.log' "$EVS_STATE_DIR"; }
node_url()    { printf 'http://127.0.0.1:%s' "$EVS_HTTP_PORT"; }

# node_write_config: this instance's file; only what differs from the defaults in config/evscallpro.yaml.
node_write_config() {
  [[ -z "${EVS_CONFIG:-}" ]] || return 0
  local file="$EVS_STATE_DIR/evscallpro.yaml"
  (umask 077; node_config_text >"$file.new") || return
  # An unchanged file keeps its time: a running node need not restart.
  if cmp -s "$file.new" "$file"; then rm -f "$file.new"; else mv "$file.new" "$file"; fi
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

# What differs from the defaults of config/evscallpro.yaml. Secrets are inside: the file is its owner's only.
node_config_text() {
  local redis_host redis_port redis_password redis_database
  url_parts "$EVS_REDIS_URL"
  cat <<YAML
# Instance "$EVS_INSTANCE", written by ./evs at each start. Every key is explained in config/evscallpro.yaml.
node:
  name: evs-$EVS_INSTANCE
http:
  port: $EVS_HTTP_PORT
  static_dir: $EVS_ROOT/web/dist
storage:
  data_dir: $EVS_STATE_DIR/data
auth:
  jwt_secret: $EVS_TOKEN_KEY
database:
  url: "$EVS_PG_URL"
redis:
  host: $redis_host
  port: $redis_port
  password: "$redis_password"
  database: $redis_database
asterisk:
  - name: central
    host: $EVS_AMI_HOST
    port: $EVS_AMI_PORT
    username: $EVS_AMI_USER
    secret: "$EVS_AMI_SECRET"
secrets:
  key_file: $EVS_SECRET_KEY_FILE
YAML
  [[ $EVS_PRIVATE_ASTERISK == yes ]] || return 0
  # The database and the key come from the node, by environment.
  cat <<YAML
asterisk_apply:
  command: [env, "EVS_STATE_DIR=$EVS_STATE_DIR", "EVS_CACHE=$EVS_CACHE", "EVS_ASTERISK_ROOT=$EVS_ASTERISK_ROOT", "$EVS_ROOT/scripts/apply-asterisk-config"]
YAML
}

# url_parts redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]: sets redis_host and the other three of the caller.
url_parts() {
  [[ $1 =~ ^redis://(([^:@/]*):([^@]*)@)?([^:/]+)(:([0-9]+))?(/([0-9]+))?$ ]] || fail "\"$1\" is no redis:// URL."
  redis_password=${BASH_REMATCH[3]} redis_host=${BASH_REMATCH[4]}
  redis_port=${BASH_REMATCH[6]:-6379} redis_database=${BASH_REMATCH[8]:-0}
}
