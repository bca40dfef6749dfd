# shellcheck shell=bash
# A private Redis on the loopback, for the event log. Nothing is done when EVS_REDIS_URL points elsewhere.

redis_start() {
  [[ $EVS_PRIVATE_REDIS == yes ]] || { note "existing"; return 0; }
  local folder="$EVS_STATE_DIR/redis" log="$EVS_STATE_DIR/log/redis.log"
  if redis_status; then note "already running"; return 0; fi
  have redis-server || fail "Redis is not installed." "apt-get install redis-server"
  ! port_taken "$EVS_REDIS_PORT" || fail "Port $EVS_REDIS_PORT is in use by $(port_owner "$EVS_REDIS_PORT")." "Stop that program first."
  mkdir -p "$folder"; chmod 700 "$folder"
  cat >"$folder/redis.conf" <<CONF
bind 127.0.0.1
port $EVS_REDIS_PORT
dir $folder
pidfile $EVS_STATE_DIR/run/redis.pid
daemonize no
appendonly yes
save ""
maxmemory 256mb
maxmemory-policy noeviction
CONF
  start_daemon "$EVS_STATE_DIR/run/redis.pid" "$log" redis-server "$folder/redis.conf"
  wait_until 10 redis_status || { show_tail "$log"; fail "Redis did not start on port $EVS_REDIS_PORT."; }
}

redis_stop() {
  [[ $EVS_PRIVATE_REDIS == yes ]] || return 0
  stop_process "$EVS_STATE_DIR/run/redis.pid" redis-server
}

redis_status() {
  if [[ $EVS_PRIVATE_REDIS != yes ]]; then [[ "$(redis-cli -u "$EVS_REDIS_URL" ping 2>/dev/null)" == PONG ]]; return; fi
  alive "$EVS_STATE_DIR/run/redis.pid" redis-server && [[ "$(redis-cli -p "$EVS_REDIS_PORT" ping 2>/dev/null)" == PONG ]]
}
