# shellcheck shell=bash
# A private PostgreSQL cluster in the instance's folder: loopback only, password (SCRAM) over TCP, and its socket in a
# folder that only its own user may enter. Nothing is done when EVS_PG_URL points elsewhere (EVS_PRIVATE_PG=no).

postgres_bin()  { printf '%s\n' /usr/lib/postgresql/*/bin | grep -v '[*]' | sort -V | tail -n 1; }
postgres_data() { printf '%s/pg/data' "$EVS_STATE_DIR"; }
postgres_log()  { printf '%s/log/postgres.log' "$EVS_STATE_DIR"; }

# PostgreSQL refuses to run as root.
as_postgres() { if ((EUID == 0)); then (cd / && exec runuser -u postgres -- "$@"); else "$@"; fi; }

postgres_ready() { "$(postgres_bin)/pg_isready" -q -h 127.0.0.1 -p "$EVS_PG_PORT"; }

postgres_init() {
  local data; data=$(postgres_data)
  local folder=${data%/data} password
  [[ -f $data/PG_VERSION ]] && return 0
  mkdir -p "$folder/socket"
  password=$(mktemp "$EVS_STATE_DIR/run/pg-password.XXXXXX")
  printf '%s\n' "$EVS_PG_PASSWORD" >"$password"
  if ((EUID == 0)); then chown -R postgres:postgres "$folder" "$password"; fi
  chmod 700 "$folder" "$folder/socket"
  as_postgres "$(postgres_bin)/initdb" -D "$data" -U evs --pwfile="$password" --auth-local=trust --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-instructions --no-sync || { rm -rf "$data" "$password"; return 1; }
  rm -f "$password"
  local durable=on; [[ $EVS_INSTANCE == main ]] || durable=off # a throw-away database may lose its last second
  # An eighth of the memory, from 128 MB to 1 GB: lists of contacts and their indexes. Tests have small databases.
  local buffers; buffers=$(awk '/^MemTotal:/ { m = int($2 / 8192); print (m < 128 ? 128 : (m > 1024 ? 1024 : m)) }' /proc/meminfo)
  [[ $EVS_INSTANCE != test ]] || buffers=128
  cat >>"$data/postgresql.conf" <<CONF

# EVSCallPro, instance $EVS_INSTANCE
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder/socket'
max_connections = 60
shared_buffers = ${buffers}MB
max_wal_size = 4GB
fsync = $durable
synchronous_commit = $durable
log_min_messages = warning
timezone = 'UTC'
CONF
}

postgres_start() {
  [[ $EVS_PRIVATE_PG == yes ]] || { note "existing"; return 0; }
  local data; data=$(postgres_data)
  if postgres_status; then note "already running"; return 0; fi
  [[ -n "$(postgres_bin)" ]] || fail "PostgreSQL is not installed." "apt-get install postgresql-15"
  ! port_taken "$EVS_PG_PORT" || fail "Port $EVS_PG_PORT is in use by $(port_owner "$EVS_PG_PORT")." "Stop that program first."
  postgres_init || fail "initdb failed."
  touch "$(postgres_log)" || return
  if ((EUID == 0)); then chown postgres "$(postgres_log)" || return; fi
  as_postgres "$(postgres_bin)/pg_ctl" start -D "$data" -l "$(postgres_log)" -o "-p $EVS_PG_PORT" -w -t 30 -s ||
    { show_tail "$(postgres_log)"; fail "PostgreSQL did not start on port $EVS_PG_PORT."; }
  postgres_database evs
}

# postgres_database NAME: makes it when it is not there.
postgres_database() {
  postgres_admin "select 1 from pg_database where datname = '$1'" | grep -q 1 || postgres_admin "create database $1"
}

# postgres_admin SQL: as the owner, over the private socket.
postgres_admin() {
  as_postgres "$(postgres_bin)/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$EVS_STATE_DIR/pg/socket" -p "$EVS_PG_PORT" -U evs -d postgres -c "$1"
}

postgres_stop() {
  [[ $EVS_PRIVATE_PG == yes && -d "$(postgres_data)" ]] || return 0
  postgres_status || return 0
  as_postgres "$(postgres_bin)/pg_ctl" stop -D "$(postgres_data)" -m fast -w -t 30 -s
}

postgres_status() {
  if [[ $EVS_PRIVATE_PG != yes ]]; then "$(postgres_bin)/pg_isready" -q -d "$EVS_PG_URL"; return; fi
  [[ -f "$(postgres_data)/postmaster.pid" ]] && as_postgres "$(postgres_bin)/pg_ctl" status -D "$(postgres_data)" >/dev/null
}
