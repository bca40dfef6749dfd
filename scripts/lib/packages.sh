# shellcheck shell=bash
# Debian packages by purpose (debian-packages.txt). Quick when nothing is missing: one dpkg-query, no apt.

# packages_of PURPOSE...: their names, one a line. A Node.js >= 18 that is already there is left alone.
packages_of() {
  local purpose
  for purpose in "$@"; do
    if [[ $purpose == node ]] && node_is_recent; then continue; fi
    sed -n "s/^$purpose: *//p" "$EVS_ROOT/debian-packages.txt" | tr ' ' '\n' | grep .
  done | sort -u
}

node_is_recent() { have npm && have node && (($(node -p 'process.versions.node.split(".")[0]') >= 18)); }

# packages_missing PURPOSE...
packages_missing() {
  local wanted
  mapfile -t wanted < <(packages_of "$@")
  ((${#wanted[@]})) || return 0
  # What dpkg does not list as installed; a package that another one "provides" counts too.
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

# packages_install PURPOSE...: installs what is missing; what is built needs a few headers more.
packages_install() {
  packages_apt_install "$@" || return
  if [[ " $* " == *" build "* ]]; then
    "$EVS_ROOT/scripts/unpack-headers" "$EVS_CACHE" || fail "The headers of debian-packages.txt could not be fetched." "Check the machine's package sources, then try again."
  fi
}

packages_apt_install() {
  local missing
  mapfile -t missing < <(packages_missing "$@")
  if ((${#missing[@]} == 0)); then note "all there"; return 0; fi
  need_root "Installing packages (${missing[*]})"
  have apt-get || fail "This is no Debian: apt-get is missing." "Install by hand: ${missing[*]}"
  say "missing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  without_starting_services packages_apt "${missing[@]}" ||
    fail "apt-get could not install: ${missing[*]}" "Check the machine's package sources, then try again."
  note "${#missing[@]} packages installed"
}

packages_apt() {
  # The lists the machine has may do; if not, fetch them once and try again.
  if ! apt-cache show --no-all-versions "$@" >/dev/null 2>&1; then apt-get update || return; fi
  apt-get install -y --no-install-recommends "$@" && return
  say "trying again with fresh package lists"
  apt-get update && apt-get install -y --no-install-recommends "$@"
}

# The distribution's own PostgreSQL and Redis services must not start behind our back: ours are private.
without_starting_services() {
  local policy=/usr/sbin/policy-rc.d status=0
  [[ -e $policy ]] && { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  "$@" || status=$?
  rm -f "$policy"
  return "$status"
}
