# shellcheck shell=bash
# A private Asterisk 22 for each instance, from one cached root file system. Source this file after instance_env NAME.
#
# The programs of the root file system are started through its own dynamic loader, with every directory given in
# asterisk.conf. So there is no chroot, no mount, no device node: nothing can leak, any number of instances share one
# root, the instance's files may be anywhere, and it works in a container without rights too.

export EVS_ASTERISK_ROOT=${EVS_ASTERISK_ROOT:-${EVS_CACHE:-/var/cache/evscallpro}/asterisk-root}
EVS_ASTERISK_SUITE=${EVS_ASTERISK_SUITE:-sid}
EVS_ASTERISK_PACKAGES=asterisk,asterisk-core-sounds-en,asterisk-core-sounds-fr-wav

_asterisk_say() { printf '%s\n' "asterisk: $*" >&2; }

# Folder of this instance's Asterisk.
asterisk_dir() { printf '%s\n' "${EVS_STATE_DIR:?call instance_env first}/asterisk"; }

# Folder of the configuration templates.
asterisk_templates() { printf '%s\n' "$(cd "$(dirname "${BASH_SOURCE[0]}")/../../asterisk-conf" && pwd)"; }

# ---- installing -------------------------------------------------------------------------------------------------

# The Debian archive this machine already uses, read from its own apt sources (deb822 or one-line). asterisk_archive_uri /etc/apt
asterisk_archive_uri() {
  local codename etc=$1
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  {
    cat "$etc"/sources.list.d/*.sources 2>/dev/null | awk '
      function flush() { if (types ~ /(^| )deb( |$)/ && enabled != "no") { n = split(uris, u, " "); m = split(suites, s, " ");
                           for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print u[i], s[j] }
                         types = uris = suites = enabled = "" }
      /^[ \t]*$/ { flush(); next }  /^#/ { next }
      /^Types:/ { sub(/^[^:]*:[ \t]*/, ""); types = $0 }    /^URIs:/ { sub(/^[^:]*:[ \t]*/, ""); uris = $0 }
      /^Suites:/ { sub(/^[^:]*:[ \t]*/, ""); suites = $0 }  /^Enabled:/ { sub(/^[^:]*:[ \t]*/, ""); enabled = $0 }
      END { flush() }'
    cat "$etc"/sources.list "$etc"/sources.list.d/*.list 2>/dev/null |
      sed -nE 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\2 \3/p'
  } | awk -v suite="$codename" '$2 == suite && $1 ~ /\/debian\/?$/ { sub(/\/$/, "", $1); print $1; exit }'
}

# Makes the root file system if it is not there. One to four minutes and 370 MB, once a machine. The archive's signature is checked
# with this machine's keys; EVS_ASTERISK_UNSIGNED=yes for a mirror that has none.
asterisk_install() {
  [[ -x $EVS_ASTERISK_ROOT/usr/sbin/asterisk ]] && return 0
  local uri tmp options=''
  [[ ${EVS_ASTERISK_UNSIGNED:-no} != yes ]] || options='[trusted=yes] '
  if ! command -v mmdebstrap >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mmdebstrap >&2 || return 1
  fi
  uri=$(asterisk_archive_uri /etc/apt)
  [[ -n $uri ]] || { _asterisk_say "no Debian archive found in /etc/apt; cannot install Asterisk"; return 1; }
  mkdir -p "$(dirname "$EVS_ASTERISK_ROOT")"
  tmp=$(mktemp -d "$EVS_ASTERISK_ROOT.XXXXXX") && chmod 755 "$tmp" || return 1
  _asterisk_say "installing Asterisk into $EVS_ASTERISK_ROOT"
  if ! mmdebstrap --quiet --variant=apt --mode=root --aptopt='Acquire::Check-Valid-Until "false"' \
       --include="$EVS_ASTERISK_PACKAGES" "$EVS_ASTERISK_SUITE" "$tmp" "deb $options$uri $EVS_ASTERISK_SUITE main" >&2; then
    rm -rf --one-file-system "$tmp"
    _asterisk_say "the installation failed, see above (NO_PUBKEY: apt-get install debian-archive-keyring, or EVS_ASTERISK_UNSIGNED=yes)"
    return 1
  fi
  # Whole or absent: a cut installation never looks like a finished one. Somebody else may have been faster.
  if ! mv -T --no-clobber "$tmp" "$EVS_ASTERISK_ROOT" 2>/dev/null || [[ -d $tmp ]]; then rm -rf --one-file-system "$tmp"; fi
  [[ -x $EVS_ASTERISK_ROOT/usr/sbin/asterisk ]]
}

# ---- configuration ----------------------------------------------------------------------------------------------

# Writes the instance's configuration from the templates.
asterisk_render() {
  local dir etc file name value script
  dir=$(asterisk_dir); etc=$dir/etc
  mkdir -p "$etc" "$dir"/{var/cache,var/agi-bin,var/keys,run,spool,log} || return 1
  asterisk_music "$(_asterisk_music_dir)" || return 1
  : "${EVS_AMI_SECRET:?}" "${EVS_AMI_PORT:?}" "${EVS_SIP_PORT:?}" "${EVS_RTP_FIRST:?}" "${EVS_RTP_LAST:?}"
  local -A values=(
    [AST_ETC]=$etc [AST_VAR]=$dir/var [AST_RUN]=$dir/run [AST_SPOOL]=$dir/spool [AST_LOG]=$dir/log
    [AST_MOH]=$(_asterisk_music_dir)
    [AST_DATA]=$EVS_ASTERISK_ROOT/usr/share/asterisk [AST_MODULES]=$(_asterisk_libs)/asterisk/modules
    [AST_SYSTEM_NAME]=${EVS_ASTERISK_NAME:-central}
    [EVS_AMI_BIND]=${EVS_AMI_BIND:-127.0.0.1} [EVS_AMI_PORT]=$EVS_AMI_PORT [EVS_AMI_USER]=${EVS_AMI_USER:-evs}
    [EVS_AMI_SECRET]=$EVS_AMI_SECRET [EVS_AMI_PERMIT]=${EVS_AMI_PERMIT:-127.0.0.0/255.0.0.0}
    [EVS_SIP_BIND]=${EVS_SIP_BIND:-127.0.0.1} [EVS_SIP_PORT]=$EVS_SIP_PORT
    [EVS_RTP_FIRST]=$EVS_RTP_FIRST [EVS_RTP_LAST]=$EVS_RTP_LAST [EVS_QUALIFY_S]=${EVS_QUALIFY_S:-10}
    [EVS_RTP_TIMEOUT_S]=${EVS_RTP_TIMEOUT_S:-0}
  )
  script=
  for name in "${!values[@]}"; do
    value=${values[$name]}
    [[ $value =~ ^[A-Za-z0-9_./:,=+@-]+$ ]] || { _asterisk_say "$name has a character Asterisk would misread"; return 1; }
    script+="s|@$name@|$value|g;"
  done
  for file in "$(asterisk_templates)"/*.conf; do
    sed "$script" "$file" >"$etc/.new" && chmod 640 "$etc/.new" && mv "$etc/.new" "$etc/$(basename "$file")" || return 1
  done
  if grep -n '@[A-Z_]*@' "$etc"/*.conf >&2; then _asterisk_say "unknown placeholder"; return 1; fi
  _asterisk_own "$dir"
}

_asterisk_music_dir() { printf '%s\n' "${EVS_MOH_DIR:-${EVS_CACHE:-/var/cache/evscallpro}/music}"; }

# Something to hear while waiting: eight soft chords, 16 s, 8 kHz signed linear. Any other file in the folder replaces it.
asterisk_music() {
  mkdir -p "$1" && [[ -z "$(ls "$1")" ]] || return 0
  LC_ALL=C awk 'BEGIN {
    n = split("261.6 329.6 392.0 220.0 261.6 329.6 174.6 220.0 261.6 196.0 246.9 293.7", f, " ")
    for (i = 0; i < 128000; i++) {
      t = i / 8000; c = int(t / 2) % 4; u = t - int(t / 2) * 2; v = 0
      for (k = 1; k <= 3; k++) { d = u - (k - 1) * 0.25; if (d > 0) v += sin(6.28318530718 * f[c * 3 + k] * t) * exp(-1.6 * d) * (d < 0.02 ? d / 0.02 : 1) }
      s = int(v * 1700); if (s < 0) s += 65536
      printf "%c%c", s % 256, int(s / 256)
    }
  }' >"$1/.new.$$" && mv "$1/.new.$$" "$1/waiting.sln"
}

# ---- running ----------------------------------------------------------------------------------------------------

_asterisk_libs() { local l; for l in "$EVS_ASTERISK_ROOT"/usr/lib/*-linux-gnu*; do [[ -d $l/asterisk ]] && printf '%s\n' "$l" && return; done; }

# Asterisk never runs as root: it takes the account its Debian package would make.
_asterisk_user() {
  [[ $EUID -eq 0 ]] || return 0
  local user=${EVS_ASTERISK_USER:-asterisk}
  id -u "$user" >/dev/null 2>&1 || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" || return 1
  printf '%s\n' "$user"
}

_asterisk_own() { local user; user=$(_asterisk_user) || return 1; [[ -z $user ]] || chown -R "$user:" "$1"; }

_asterisk_prefix=()
# Runs the root file system's asterisk with this instance's configuration.
_asterisk_exec() {
  local libs user; libs=$(_asterisk_libs); user=$(_asterisk_user) || return 1
  local -a as=("${_asterisk_prefix[@]}")
  [[ -z $user ]] || as+=(setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --)
  local loader; loader=$(printf '%s\n' "$libs"/ld-linux*.so.* | head -n1)
  exec "${as[@]}" "$loader" --library-path "$libs" "$EVS_ASTERISK_ROOT/usr/sbin/asterisk" -C "$(asterisk_dir)/etc/asterisk.conf" "$@"
}

asterisk_pid() {
  local pid dir; dir=$(asterisk_dir)
  pid=$(cat "$dir/run/asterisk.pid" 2>/dev/null) || return 1
  # A number alone proves nothing after a crash: the process must be ours.
  [[ -n $pid && -r /proc/$pid/cmdline ]] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-C $dir/etc/asterisk.conf" && printf '%s\n' "$pid"
}

# Runs one console command: asterisk_cli core show channels
asterisk_cli() { ( _asterisk_exec -rx "$*" ); }

# asterisk_start: nothing to do where EVS_AMI_HOST names an existing server (EVS_PRIVATE_ASTERISK=no).
asterisk_start() {
  [[ ${EVS_PRIVATE_ASTERISK:-yes} == yes ]] || return 0
  local dir waited=0; dir=$(asterisk_dir)
  asterisk_pid >/dev/null && return 0
  if ss -Hlnt "sport = :$EVS_AMI_PORT" | grep -q . || ss -Hlnu "sport = :$EVS_SIP_PORT" | grep -q .; then
    _asterisk_say "TCP port $EVS_AMI_PORT (AMI) or UDP port $EVS_SIP_PORT (SIP) is in use by another program"
    return 1
  fi
  asterisk_render || return 1
  if [[ -n ${EVS_PG_URL:-} ]]; then
    # Without tables yet Asterisk starts with no phones and no trunks; a refused row is named and does not stop the others.
    "$(dirname "${BASH_SOURCE[0]}")/../apply-asterisk-config" --no-reload || _asterisk_say "phones and trunks: see above"
    rm -f "$dir/etc/.evs-unread" # it reads them now
  fi
  rm -f "$dir/run/asterisk.pid" "$dir/run/asterisk.ctl"
  # Away from this shell's terminal, session and file descriptors: nobody who waits on a pipe waits for Asterisk.
  ( _asterisk_prefix=(setsid); cd / && exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- </dev/null >"$dir/log/start.log" 2>&1
    _asterisk_exec -f -n ) &
  disown $! 2>/dev/null || true
  # The console's socket appears first (a cheap test); the console then waits for the end of the start.
  until [[ -S $dir/run/asterisk.ctl ]]; do
    sleep 0.05; waited=$((waited + 1))
    if ((waited > 600)) || { ((waited > 60)) && ! kill -0 $! 2>/dev/null; }; then break; fi
  done
  if ! timeout 60 bash -c ". '${BASH_SOURCE[0]}'; asterisk_cli core waitfullybooted" 2>/dev/null | grep -q 'fully booted'; then
    _asterisk_say "did not start, see $dir/log:"; tail -n 20 "$dir/log/start.log" "$dir/log/messages.log" >&2 2>/dev/null
    return 1
  fi
}

asterisk_stop() {
  local pid i; pid=$(asterisk_pid) || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for ((i = 0; i < 100; i++)); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.05; done
  kill -KILL "$pid" 2>/dev/null || true
  for ((i = 0; i < 40; i++)); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.05; done
  return 1
}

asterisk_restart() { asterisk_stop && asterisk_start; }

asterisk_status() {
  [[ ${EVS_PRIVATE_ASTERISK:-yes} == yes ]] || return 0
  asterisk_pid >/dev/null
}
