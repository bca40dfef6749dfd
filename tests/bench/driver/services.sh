#!/usr/bin/env bash
# PostgreSQL and Redis of the bench instance for a benchmark that is started by hand or by ./evs bench.
#   services.sh start   starts them and prints EVS_* as KEY=VALUE lines, with PG_PID and REDIS_PID
#   services.sh stop
#   services.sh clean   an empty database and an empty Redis (only where they are ours)
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$(readlink -f "$0")")/../../../scripts/lib/all.sh"
instance_env bench

case ${1:-} in
  start)
    postgres_start >&2
    redis_start >&2
    env | grep '^EVS_'
    [[ $EVS_PRIVATE_PG != yes ]] || printf 'PG_PID=%s\n' "$(head -n 1 "$(postgres_data)/postmaster.pid")"
    [[ $EVS_PRIVATE_REDIS != yes ]] || printf 'REDIS_PID=%s\n' "$(<"$EVS_STATE_DIR/run/redis.pid")"
    ;;
  stop)
    redis_stop
    postgres_stop
    ;;
  clean)
    [[ $EVS_PRIVATE_PG != yes ]] || { postgres_admin 'drop database if exists evs with (force)'; postgres_database evs; }
    [[ $EVS_PRIVATE_REDIS != yes ]] || redis-cli -p "$EVS_REDIS_PORT" flushall >/dev/null
    ;;
  *) echo "usage: services.sh start|stop|clean" >&2; exit 2 ;;
esac
