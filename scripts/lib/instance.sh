# shellcheck shell=bash
# An instance is one set of private services with its own ports and folder: "main" (./evs up), "test" (./evs test),
# "bench" (./evs bench). instance_env exports EVS_* for all scripts and writes them to <folder>/env.

# instance_env NAME [HTTP_PORT]
instance_env() {
  # Below 32768: the system gives the ports above to connections that go out.
  local name=$1 http=${2:-} base ami_port=${EVS_AMI_PORT:-5038}
  case $name in
    main)  base=(8080  15432 16379 15038 15060 30000 0) ;;
    test)  base=(28080 25432 26379 25038 25060 31000 1) ;;
    bench) base=(18080 17432 18379 17038 17060 29000 2) ;;
    *) fail "There is no instance \"$name\"." "Instances: main, test, bench." ;;
  esac
  export EVS_INSTANCE=$name
  export EVS_STATE_DIR="$EVS_STATE/$name"
  export EVS_HTTP_PORT=${http:-${base[0]}}
  export EVS_PG_PORT=${base[1]} EVS_REDIS_PORT=${base[2]} EVS_AMI_PORT=${base[3]}
  export EVS_SIP_PORT=${base[4]} EVS_RTP_FIRST=${base[5]} EVS_RTP_LAST=$((base[5] + 999))
  export EVS_CARRIER_PARIS="127.0.${base[6]}.11:5060" EVS_CARRIER_LYON="127.0.${base[6]}.12:5060"
  export EVS_PHONES_IP="127.0.${base[6]}.21"
  instance_services "$ami_port"
}

# Existing services named in the environment (EVS_PG_URL, EVS_REDIS_URL, EVS_AMI_HOST ...) are used as they are;
# the others are private, with secrets made on the first start.
# instance_services AMI_PORT: the port of an existing Asterisk.
instance_services() {
  local secrets="$EVS_STATE_DIR/secrets"
  mkdir -p "$EVS_STATE_DIR"/{log,run}
  chmod 755 "$EVS_STATE_DIR"
  if [[ ! -s "$secrets" ]]; then
    (umask 077; printf 'PG_PASSWORD=%s\nAMI_SECRET=%s\nTOKEN_KEY=%s\n' \
      "$(random_secret)" "$(random_secret)" "$(random_secret)" >"$secrets")
  fi
  local PG_PASSWORD='' AMI_SECRET='' TOKEN_KEY=''
  # shellcheck source=/dev/null
  . "$secrets"
  if [[ -n "${EVS_PG_URL:-}" && "${EVS_PRIVATE_PG:-no}" != yes ]]; then export EVS_PRIVATE_PG=no
  else export EVS_PRIVATE_PG=yes EVS_PG_URL="postgresql://evs:$PG_PASSWORD@127.0.0.1:$EVS_PG_PORT/evs"; fi
  if [[ -n "${EVS_REDIS_URL:-}" && "${EVS_PRIVATE_REDIS:-no}" != yes ]]; then export EVS_PRIVATE_REDIS=no
  else export EVS_PRIVATE_REDIS=yes EVS_REDIS_URL="redis://127.0.0.1:$EVS_REDIS_PORT"; fi
  if [[ -n "${EVS_AMI_HOST:-}" && "${EVS_PRIVATE_ASTERISK:-no}" != yes ]]; then
    export EVS_PRIVATE_ASTERISK=no EVS_AMI_PORT=$1
  else
    export EVS_PRIVATE_ASTERISK=yes EVS_AMI_HOST=127.0.0.1 EVS_AMI_USER=evs EVS_AMI_SECRET="$AMI_SECRET"
  fi
  export EVS_PG_PASSWORD="$PG_PASSWORD" EVS_TOKEN_KEY="$TOKEN_KEY"
  # The key of the passwords in the database; who loses it enters them again.
  export EVS_SECRET_KEY_FILE="$EVS_STATE_DIR/secret.keys"
  [[ -s "$EVS_SECRET_KEY_FILE" ]] || (umask 077; head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$EVS_SECRET_KEY_FILE")
}

# instance_write: EVS_* as KEY=VALUE lines for programs in other languages; readable by the owner only (secrets inside).
instance_write() {
  (
    umask 077
    for key in EVS_INSTANCE EVS_STATE_DIR EVS_CACHE EVS_ROOT EVS_HTTP_PORT EVS_PG_PORT EVS_PG_URL EVS_REDIS_PORT \
      EVS_REDIS_URL EVS_AMI_HOST EVS_AMI_PORT EVS_AMI_USER EVS_AMI_SECRET EVS_SIP_PORT EVS_RTP_FIRST EVS_RTP_LAST \
      EVS_CARRIER_PARIS EVS_CARRIER_LYON EVS_PHONES_IP EVS_PRIVATE_PG EVS_PRIVATE_REDIS EVS_PRIVATE_ASTERISK EVS_SECRET_KEY_FILE; do
      printf '%s=%s\n' "$key" "${!key:-}"
    done >"$EVS_STATE_DIR/env.new"
    mv "$EVS_STATE_DIR/env.new" "$EVS_STATE_DIR/env"
  )
}

# instance_load NAME: the environment of an instance as its last start wrote it, else its defaults.
instance_load() {
  local key value
  instance_env "$1"
  [[ -s "$EVS_STATE_DIR/env" ]] || return 0
  while IFS='=' read -r key value; do
    case $key in EVS_ROOT | EVS_CACHE | EVS_STATE_DIR) ;; EVS_*) export "$key=$value" ;; esac
  done <"$EVS_STATE_DIR/env"
}
