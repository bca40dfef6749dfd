# shellcheck shell=bash
# ./evs lint: format, layering, clang-tidy, shellcheck. Changes nothing; exit code 1 on any finding.

LINT_FOLDERS=(domain process calendar config imports transport persistence actors app tests)

cmd_lint() {
  local failed=0
  export STEP_LOGS="$EVS_ROOT/build/log"
  plan 5
  step "Debian packages" packages_install build lint || return
  step "Layering (who may include whom)" "$EVS_ROOT/scripts/check-layering" || failed=1
  step "Format" lint_format || failed=1
  step "Shell scripts" lint_shell || failed=1
  step "clang-tidy" lint_tidy || failed=1
  return "$failed"
}

lint_sources() { (cd "$EVS_ROOT" && git ls-files -co --exclude-standard -- "${LINT_FOLDERS[@]}") | sed -n '/\.[ch]pp$/p'; }

lint_format() {
  local places
  cd "$EVS_ROOT" || return
  # clang-format fails when it finds something; what it found is counted below.
  places=$(lint_sources | { xargs -r clang-format --dry-run --Werror 2>&1 || true; } |
    sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error:.*/\1/p' | sort | uniq -c)
  [[ -z $places ]] || { say "$places"; fail "These files are not formatted (number of places)." "clang-format -i FILE"; }
}

lint_shell() { (cd "$EVS_ROOT" && grep -rlE '^#!.*bash|shellcheck shell=bash' evs scripts .ci | xargs shellcheck -x); }

# On the translation units that compile_commands.json knows; our headers come with them (.clang-tidy: HeaderFilterRegex).
lint_tidy() {
  cd "$EVS_ROOT" || return
  [[ -f build/dev/compile_commands.json ]] || build_configure dev -DEVS_PCH=OFF -DEVS_PARTS="$EVS_SERVER_PARTS"
  run-clang-tidy-14 -quiet -p build/dev -j "$(nproc)" "$EVS_ROOT/(${LINT_TIDY:-domain|process|calendar|config|imports|transport|persistence|actors|app})/.*" 2>/dev/null
}
