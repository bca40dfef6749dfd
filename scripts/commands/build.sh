# shellcheck shell=bash
# ./evs build: the server and the dashboard, nothing started.

cmd_build() {
  export STEP_LOGS="$EVS_ROOT/build/log"
  plan 3
  step "Debian packages" packages_install build node || return
  step "Server build" build_server || return
  step "Dashboard build" build_web || return
}
