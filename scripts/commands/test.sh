# shellcheck shell=bash
# ./evs test [GROUP...]: builds what the groups need, runs them, sums up. Last line: "N passed, N failed".

TEST_GROUPS=(unit actors sanitizer fuzz web integration lab e2e)
# A full run fails when one of these has no test.
TEST_EXPECTED=(unit actors sanitizer fuzz web integration lab e2e)

cmd_test() {
  local groups=("$@") group began
  ((${#groups[@]})) || groups=("${TEST_GROUPS[@]}")
  for group in "${groups[@]}"; do
    [[ " ${TEST_GROUPS[*]} " == *" $group "* ]] || fail "There is no test group \"$group\"." "Groups: ${TEST_GROUPS[*]}"
  done
  began=$(now_ms)
  TEST_REPORTS="$EVS_ROOT/build/reports"
  rm -rf "$TEST_REPORTS"; mkdir -p "$TEST_REPORTS"
  export STEP_LOGS="$TEST_REPORTS/log" EVS_ARTIFACTS="$TEST_REPORTS/artifacts" EVS_FAILED_TESTS="$TEST_REPORTS/failed"
  mkdir -p "$EVS_ARTIFACTS"
  TEST_ALL=$(($# == 0))
  TEST_LINES=() TEST_PASSED=0 TEST_FAILED=0
  trap 'test_services_stop' EXIT
  trap 'trap "" INT TERM; step_abort; exit 130' INT TERM

  head1 "preparing: ${groups[*]}"
  if test_prepare "${groups[@]}"; then
    for group in "${groups[@]}"; do test_group "$group"; done
  else
    test_record preparation 0 1 0 "$began"
  fi
  test_services_stop
  trap - EXIT
  test_summary "$began"
  ((TEST_FAILED == 0))
}

wants() { local word=$1 group; shift; for group in "$@"; do [[ $group == "$word" ]] && return 0; done; return 1; }
wants_any() { local words=$1 word; shift; for word in $words; do wants "$word" "$@" && return 0; done; return 1; }

# --- preparing -----------------------------------------------------------------------------------------------------
test_prepare() {
  local packages=(node) steps=1
  local cpp=no tree=no server=no rootfs=no services=no labels
  mapfile -t labels < <(test_labels "$@")
  wants_any "unit actors integration" "$@" && { cpp=yes; ((steps += 1)); }
  wants_any "integration lab e2e" "$@" && { rootfs=yes; ((steps += 1)); }
  wants_any "integration e2e" "$@" && { services=yes; ((steps += 4)); }
  wants_any "integration e2e" "$@" && { server=yes; ((steps += 1)); }
  wants_any "integration e2e" "$@" && { tree=yes; ((steps += 1)); }
  wants e2e "$@" && ((steps += 1))
  wants_any "unit actors sanitizer fuzz integration e2e" "$@" && packages+=(build)
  wants_any "unit actors sanitizer integration" "$@" && packages+=(test)
  wants fuzz "$@" && packages+=(fuzz test)
  wants e2e "$@" && packages+=(e2e)
  [[ $rootfs == yes ]] && packages+=(run asterisk phones)
  plan "$steps"

  step "Debian packages" packages_install "${packages[@]}" || return
  if [[ $cpp == yes ]]; then step "Tests build" build_tests release "${labels[@]}" || return; fi
  if [[ $server == yes ]]; then step "Server build" build_server || return; fi
  if wants e2e "$@"; then step "Dashboard build" build_web || return; fi
  if [[ $tree == yes ]]; then step "Test dependencies" npm_install "$EVS_ROOT/tests" || return; fi
  if [[ $rootfs == yes ]]; then step "Asterisk 22 root file system" asterisk_install || return; fi
  if [[ $services == yes ]]; then test_services_start || return; fi
}

test_labels() { local group; for group in unit actors integration; do if wants "$group" "$@"; then say "$group"; fi; done; }

test_services_start() {
  need_root "The integration tests' private services"
  instance_env test
  instance_write
  TEST_SERVICES=started
  step "PostgreSQL on port $EVS_PG_PORT" postgres_start || return
  step "Redis on port $EVS_REDIS_PORT" redis_start || return
  step "Asterisk on SIP port $EVS_SIP_PORT" asterisk_start || return
  step "Clean slate" test_services_clean || return
}

# What an interrupted earlier run may have left.
test_services_clean() {
  local database
  for database in $(postgres_admin "select datname from pg_database where datname like 'evs\\_t%'"); do
    postgres_admin "drop database if exists $database with (force)"
  done
  redis-cli -p "$EVS_REDIS_PORT" flushall
}

test_services_stop() {
  [[ "${TEST_SERVICES:-}" == started ]] || return 0
  TEST_SERVICES=
  asterisk_stop || warn "Asterisk did not stop"
  redis_stop || warn "Redis did not stop"
  postgres_stop || warn "PostgreSQL did not stop"
}

# --- running -------------------------------------------------------------------------------------------------------
# test_group NAME: heading, run, record. The run prints; its counts are in TEST_COUNTS.
test_group() {
  local began status=0; began=$(now_ms)
  head1 "$1"
  TEST_COUNTS="0 0 0"
  "test_$1" || status=$?
  local passed failed skipped
  read -r passed failed skipped <<<"$TEST_COUNTS"
  if ((passed + failed + skipped == 0)); then
    say "$1: no tests there"
    if ((TEST_ALL)) && wants "$1" "${TEST_EXPECTED[@]}"; then failed=1; fi
    test_record "$1" 0 "$failed" absent "$began"
    return
  fi
  ((status == 0 || failed > 0)) || failed=1 # the runner failed although no test did
  test_record "$1" "$passed" "$failed" "$skipped" "$began"
}

# test_record GROUP PASSED FAILED SKIPPED|absent BEGAN
test_record() {
  TEST_PASSED=$((TEST_PASSED + $2)) TEST_FAILED=$((TEST_FAILED + $3))
  local verdict=ok; (($3 == 0)) || verdict=FAILED
  [[ $4 != absent ]] || verdict="absent"
  TEST_LINES+=("$(printf '%-12s %-7s %6d passed %4d failed %4s skipped   %s' "$1" "$verdict" "$2" "$3" "${4/absent/0}" "$(seconds "$5")")")
}

test_summary() {
  if [[ -s $EVS_FAILED_TESTS ]]; then
    head1 "what failed"
    head -n 120 "$EVS_FAILED_TESTS"
  fi
  head1 "summary"
  printf '%s\n' "${TEST_LINES[@]}"
  say "total        $(seconds "$1")"
  say "$TEST_PASSED passed, $TEST_FAILED failed"
}

# add_counts KIND FILES...: adds a runner's report to TEST_COUNTS.
add_counts() {
  local a b c x y z
  read -r a b c <<<"$TEST_COUNTS"
  read -r x y z < <(node "$EVS_ROOT/scripts/lib/count-tests.mjs" "$@" || echo 0 1 0)
  TEST_COUNTS="$((a + x)) $((b + y)) $((c + z))"
}

# run_ctest PRESET NAME LABEL JOBS
run_ctest() {
  local reports="$TEST_REPORTS/$2" status=0
  [[ -n "$(test_programs "$1" "$3")" ]] || return 0
  mkdir -p "$reports"
  GTEST_OUTPUT="xml:$reports/" GTEST_BRIEF=1 \
    ctest --test-dir "$EVS_ROOT/build/$1" -L "^($3)\$" -j "$4" --output-on-failure --output-junit "$reports/ctest-report" || status=$?
  add_counts ctest "$reports/ctest-report" "$reports"
  return "$status"
}

# run_node NAME FILES...: node's own runner, one file after the other.
run_node() {
  local name=$1 status=0; shift
  node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$TEST_REPORTS/$name.tap" "$@" || status=$?
  add_counts tap "$TEST_REPORTS/$name.tap"
  return "$status"
}

test_files() { find "$EVS_ROOT/tests/$1" -maxdepth "${2:-1}" -name '*.test.mjs' 2>/dev/null | sort; }

test_unit()   { run_ctest release unit unit "$(nproc)"; }
test_actors() { run_ctest release actors actors "$(nproc)"; }

# The same tests under AddressSanitizer and UndefinedBehaviorSanitizer.
test_sanitizer() {
  plan 1
  step "Sanitizer build" build_tests asan unit actors || return
  UBSAN_OPTIONS=print_stacktrace=1 EVS_SANITIZED=1 run_ctest asan sanitizer "unit|actors" "$(nproc)"
}

# Each libFuzzer program for a short while, starting from the corpus in tests/fuzz/corpus/<name>.
test_fuzz() {
  local program name passed=0 failed=0
  [[ -f "$EVS_ROOT/tests/fuzz/CMakeLists.txt" ]] || return 0
  plan 1
  step "Fuzzers build" build_fuzzers || return
  while read -r program; do
    name=$(basename "$program")
    if fuzz_one "$program" "$name"; then say "$name ok"; passed=$((passed + 1)); continue; fi
    failed=$((failed + 1))
    # What it found: the promise that was broken, or the sanitizer's line, and the input.
    { say "$name"; grep -E '^broken:|ERROR:|runtime error|SUMMARY|^Base64:|Test unit written' "$TEST_REPORTS/fuzz-$name.log" | cut -c1-400; } >>"$EVS_FAILED_TESTS"
  done < <(find "$EVS_ROOT/build/fuzz/tests/fuzz" -maxdepth 1 -type f -executable | sort)
  TEST_COUNTS="$passed $failed 0"
  ((failed == 0))
}

build_fuzzers() {
  build_configure fuzz || return
  build_ninja fuzz tests/fuzz/all
}

# fuzz_one PROGRAM NAME: new inputs go to a scratch folder, the checked-in corpus is only read.
fuzz_one() {
  local log="$TEST_REPORTS/fuzz-$2.log" folders=("$TEST_REPORTS/fuzz-$2")
  mkdir -p "${folders[0]}"
  [[ ! -d "$EVS_ROOT/tests/fuzz/corpus/$2" ]] || folders+=("$EVS_ROOT/tests/fuzz/corpus/$2")
  "$1" -max_total_time="${EVS_FUZZ_SECONDS:-15}" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$EVS_ARTIFACTS/$2-" "${folders[@]}" >"$log" 2>&1 </dev/null || { show_tail "$log" 40; return 1; }
  grep -E 'number_of_executed_units' "$log" || true
}

test_web() {
  local web="$EVS_ROOT/web" report="$TEST_REPORTS/vitest.json" status=0
  [[ -f $web/package.json ]] || return 0
  plan 1
  step "Dashboard dependencies" npm_install "$web" || { TEST_COUNTS="0 1 0"; return 1; }
  # Types and style count as one test.
  if (cd "$web" && npm run --silent lint); then TEST_COUNTS="1 0 0"; else TEST_COUNTS="0 1 0"; status=1; fi
  (cd "$web" && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report") || status=$?
  add_counts vitest "$report"
  return "$status"
}

test_integration() {
  local files status=0
  mapfile -t files < <(test_files integration)
  run_ctest release integration integration 1 || status=$?
  ((${#files[@]} == 0)) || run_node integration "${files[@]}" || status=$?
  return "$status"
}

test_lab() {
  local files; mapfile -t files < <(test_files support 2)
  ((${#files[@]} == 0)) || run_node lab "${files[@]}"
}

test_e2e() {
  local files; mapfile -t files < <(test_files e2e)
  ((${#files[@]} == 0)) || EVS_CHROMIUM="${EVS_CHROMIUM:-$(command -v chromium)}" run_node e2e "${files[@]}"
}
