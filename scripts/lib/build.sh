# shellcheck shell=bash
# Building: the server (CMake presets, ninja, ccache) and the dashboard (npm, Vite). Both do nothing when nothing changed.

EVS_SERVER_PARTS="${EVS_SERVER_PARTS:-domain;process;calendar;config;imports;transport/ami;transport/web;persistence;actors;app}"
EVS_BINARY="${EVS_BINARY:-$EVS_ROOT/build/release/app/evscallpro}"
export EVS_BINARY
# Objects are shared between checkouts in different folders.
export CCACHE_BASEDIR="$EVS_ROOT" CCACHE_NOHASHDIR=1
export CCACHE_DIR="${CCACHE_DIR:-$EVS_CACHE/ccache}" CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

# build_configure PRESET [CMAKE OPTIONS...]
build_configure() {
  local preset=$1; shift
  (cd "$EVS_ROOT" && cmake --preset "$preset" "$@")
}

# ninja prints "[12/345] ..." lines, which the step shows as progress.
build_ninja() {
  local preset=$1; shift
  # One build of a tree at a time: two would write the same precompiled header.
  (
    flock 8
    NINJA_STATUS='[%f/%t] ' ninja -C "$EVS_ROOT/build/$preset" -j "${EVS_JOBS:-$(nproc)}" "$@" 8>&-
  ) 8>"$EVS_ROOT/build/$preset/.lock"
}

# build_server: only the program, no tests; the release preset.
build_server() {
  local dir="$EVS_ROOT/build/release"
  # A tree that was configured with tests stays so: ninja then builds the one target all the same.
  [[ -f $dir/build.ninja ]] || build_configure release -DEVS_PARTS="$EVS_SERVER_PARTS" || return
  build_ninja release evscallpro || return
  [[ -x "$EVS_BINARY" ]] || fail "The build made no $EVS_BINARY."
}

# build_tests PRESET LABEL...: configures with tests and builds the programs of these ctest labels.
# Prints nothing more when there is none.
build_tests() {
  local preset=$1 names; shift
  build_configure "$preset" -DEVS_PARTS="$EVS_SERVER_PARTS;tests" || return
  mapfile -t names < <(test_programs "$preset" "$@")
  ((${#names[@]} == 0)) || build_ninja "$preset" "${names[@]}"
}

# test_programs PRESET LABEL...: names of the ctest tests (each is a program of that name).
test_programs() {
  local preset=$1 labels; shift
  labels=$(IFS='|'; printf '%s' "$*")
  ctest --test-dir "$EVS_ROOT/build/$preset" -N -L "^($labels)\$" 2>/dev/null | sed -n 's/^ *Test *#[0-9]*: *//p' | sed 's/ .*//'
}

# npm_install FOLDER: exactly the lock file's versions, when they are not there yet.
npm_install() {
  local folder=$1 mark="$1/node_modules/.installed" wanted
  wanted=$(cat "$folder/package.json" "$folder/package-lock.json" | sha256sum)
  [[ "$(cat "$mark" 2>/dev/null)" == "$wanted" ]] && return 0
  (cd "$folder" && npm ci --no-audit --no-fund) || fail "npm ci failed in $folder." "Is the npm registry reachable?"
  printf '%s' "$wanted" >"$mark"
}

# web_fingerprint: changes with any source of the dashboard.
web_fingerprint() {
  (cd "$EVS_ROOT/web" && find . \( -name node_modules -o -name dist \) -prune -o -type f -printf '%P %s %T@\n' | sort | sha256sum)
}

build_web() {
  local web="$EVS_ROOT/web" mark="$EVS_ROOT/web/dist/.fingerprint" now
  [[ -f $web/package.json ]] || { note "absent"; return 0; }
  now=$(web_fingerprint)
  if [[ -f $web/dist/index.html && "$(cat "$mark" 2>/dev/null)" == "$now" ]]; then note "unchanged"; return 0; fi
  npm_install "$web" || return
  (cd "$web" && npm run build) || return
  web_fingerprint >"$mark"
}
