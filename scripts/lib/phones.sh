# shellcheck shell=bash
# The demo's telephone world: 20 registered phones (one SIPp) and the two sites' gateways (one SIPp each), from which people also call
# in. Needs instance_env and common.sh. What each process does is in tests/support/lab/scenarios/*.xml.

_lab_scenarios() { printf '%s\n' "$EVS_ROOT/tests/support/lab/scenarios"; }

# _lab_sipp NAME ADDRESS PORT [ARGUMENTS...]: one background SIPp; output in log/NAME.log.
_lab_sipp() {
  local name=$1 address=$2 port=$3; shift 3
  if alive "$EVS_STATE_DIR/run/$name.pid" sipp; then return 0; fi
  : >"$EVS_STATE_DIR/log/$name.log"
  # Screens are for terminals: an hour between two of them.
  TERM=dumb start_daemon "$EVS_STATE_DIR/run/$name.pid" "$EVS_STATE_DIR/log/$name.log" \
    sipp -i "$address" -p "$port" -mi "$address" -nostdin -skip_rlimit -f 3600 -bind_local "$@"
  wait_until 5 _lab_listens "$address" "$port" || { show_tail "$EVS_STATE_DIR/log/$name.log"; fail "The $name did not start on $address:$port."; }
}

_lab_listens() { ss -Hlun "src $1:$2" 2>/dev/null | grep -q .; }
# SIPp would wait for its calls to end on TERM; nothing here is worth waiting for.
_lab_stop() { stop_process "$EVS_STATE_DIR/run/$1.pid" sipp 0 2>/dev/null; }
_lab_asterisk() { printf '127.0.0.1:%s' "$EVS_SIP_PORT"; }

# ---- the agents' phones ----

# Every active user with an extension and a SIP password registers.
phones_start() {
  local users="$EVS_STATE_DIR/run/phones.csv"
  (umask 077; { printf 'SEQUENTIAL\n'
    psql -X -At -F ';' -v ON_ERROR_STOP=1 -d "$EVS_PG_URL" -c \
      "select extension, format('[authentication username=%s password=%s]', extension, sip_secret) from users where is_active and extension ~ '^[0-9]+$' and (sip_secret ~ '^[A-Za-z0-9]+$' or sip_secret like 'v1:%') order by extension" |
      secrets_run open
  } >"$users") || fail "The phones' extensions could not be read from the database."
  local count=$(($(wc -l <"$users") - 1))
  ((count > 0)) || fail "No user has an extension and a SIP password." "evscallpro seed --demo"
  _lab_sipp phones "$EVS_PHONES_IP" 5060 -sf "$(_lab_scenarios)/phones-register.xml" -oocsf "$(_lab_scenarios)/phones-answer.xml" \
    -inf "$users" -m "$count" -l "$count" -r "$count" "$(_lab_asterisk)"
}
phones_stop()   { _lab_stop phones; }
phones_status() { alive "$EVS_STATE_DIR/run/phones.pid" sipp; }

# ---- the sites' gateways, and people who call in through them ----

# Each answers what is dialled; nobody calls in until demo_inbound_start opens the tap through SIPp's control port.
carriers_start() {
  local run="$EVS_STATE_DIR/run"
  _lab_callers +3361 +33140000001 +33140000001 +33140000002 >"$run/callers-paris.csv"
  _lab_callers +3367 +33472000001 >"$run/callers-lyon.csv"
  _lab_carrier paris "$EVS_CARRIER_PARIS" "${EVS_DEMO_EVERY_PARIS:-10}"
  _lab_carrier lyon "$EVS_CARRIER_LYON" "${EVS_DEMO_EVERY_LYON:-15}"
}
carriers_stop()   { _lab_stop carrier-paris; _lab_stop carrier-lyon; rm -f "$EVS_STATE_DIR/run/demo-inbound"; }
carriers_status() { alive "$EVS_STATE_DIR/run/carrier-paris.pid" sipp && alive "$EVS_STATE_DIR/run/carrier-lyon.pid" sipp; }

# _lab_carrier SITE ADDRESS SECONDS: the seconds between two callers.
_lab_carrier() {
  local address=${2%:*}
  _lab_sipp "carrier-$1" "$address" "${2##*:}" -sf "$(_lab_scenarios)/callers.xml" -oocsf "$(_lab_scenarios)/carrier.xml" \
    -inf "$EVS_STATE_DIR/run/callers-$1.csv" -r 0 -rp "$(($3 * 1000))" -l 200 -ci "$address" -cp 5061 "$(_lab_asterisk)"
}

# _lab_callers PREFIX DID...: 200 lines "caller;DID".
_lab_callers() {
  local prefix=$1; shift
  printf 'RANDOM\n'
  awk -v prefix="$prefix" -v dids="$*" 'BEGIN { srand(7); n = split(dids, did, " ")
    for (i = 0; i < 200; i++) printf "%s%07d;%s\n", prefix, int(rand() * 10000000), did[i % n + 1] }'
}

_lab_tap() {
  local address
  for address in "$EVS_CARRIER_PARIS" "$EVS_CARRIER_LYON"; do printf 'cset rate %s\n' "$1" >"/dev/udp/${address%:*}/5061" || return 1; done
}

# A caller every 10 s in Paris and every 15 s in Lyon, until demo_inbound_stop; calls that live then end by themselves within 75 s.
demo_inbound_start()  { carriers_status || fail "The carriers do not run."; _lab_tap 1 && touch "$EVS_STATE_DIR/run/demo-inbound"; }
demo_inbound_stop()   { rm -f "$EVS_STATE_DIR/run/demo-inbound"; if carriers_status; then _lab_tap 0; fi; }
demo_inbound_status() { carriers_status && [[ -e "$EVS_STATE_DIR/run/demo-inbound" ]]; }
