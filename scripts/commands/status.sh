# shellcheck shell=bash
# ./evs status [INSTANCE]: one line a service; exit code 0 when all needed ones are up.

cmd_status() {
  local down=0
  instance_load "${1:-main}"
  status_line postgres   "127.0.0.1:$EVS_PG_PORT" postgres_status || down=1
  status_line redis      "127.0.0.1:$EVS_REDIS_PORT" redis_status || down=1
  status_line asterisk   "SIP $EVS_SIP_PORT, AMI $EVS_AMI_PORT" asterisk_status || down=1
  status_line node       "$(node_url)" node_ready || down=1
  status_line phones     "$EVS_PHONES_IP" phones_status || true
  status_line carriers   "$EVS_CARRIER_PARIS, $EVS_CARRIER_LYON" carriers_status || true
  status_line demo       "20 agents" demo_status || true
  return "$down"
}

# status_line NAME WHERE COMMAND
status_line() {
  if "$3" >/dev/null 2>&1; then printf '%-10s %sup%s    %s\n' "$1" "$GREEN" "$PLAIN" "$2"
  else printf '%-10s %sdown%s  %s\n' "$1" "$RED" "$PLAIN" "$2"; return 1; fi
}
