# shellcheck shell=bash
# The demo: 20 agents' browsers (demo/main.mjs) and callers from outside (the lab's demo_inbound_*).

demo_log() { printf '%s/log/demo.log' "$EVS_STATE_DIR"; }

demo_start() {
  local pidfile="$EVS_STATE_DIR/run/demo.pid"
  if ! demo_status; then
    npm_install "$EVS_ROOT/demo" || return
    : >"$(demo_log)"
    start_daemon "$pidfile" "$(demo_log)" node "$EVS_ROOT/demo/main.mjs" --url "$(node_url)"
    # Its first line of success says that the agents are logged in.
    wait_until 20 demo_agents_in || { show_tail "$(demo_log)"; fail "The demo's agents could not log in."; }
  fi
  demo_inbound_start
}

demo_agents_in() { grep -q 'agents are signed in' "$(demo_log)"; }
demo_stop()   { demo_inbound_stop; stop_process "$EVS_STATE_DIR/run/demo.pid" demo/main.mjs 5; }
demo_status() { alive "$EVS_STATE_DIR/run/demo.pid" demo/main.mjs; }
