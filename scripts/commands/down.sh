# shellcheck shell=bash
# ./evs down [INSTANCE]: stops in the order that loses nothing: load, phones, node (drains), then what it writes to.

cmd_down() {
  local began; began=$(now_ms)
  instance_load "${1:-main}"
  export STEP_LOGS="$EVS_STATE_DIR/log"
  plan 6
  step "Demo" down_demo || true
  step "Node" node_stop || true
  step "Phones and carriers" down_phones || true
  step "Asterisk" asterisk_stop || true
  step "Redis" redis_stop || true
  step "PostgreSQL" postgres_stop || true
  say "stopped in $(seconds "$began")"
}

# All of it without a word, whatever fails.
down_all() {
  local what
  for what in down_demo node_stop down_phones asterisk_stop redis_stop postgres_stop; do "$what" || true; done
}
down_demo() { demo_stop; }
down_phones() { phones_stop; carriers_stop; }
