# shellcheck shell=bash
# ./evs bench [NAME...] [--OPTION VALUE...]: runs tests/bench/NAME.bench.mjs or the program bench_NAME; none = all of the former.
# The options are the benchmark's own (its first lines list them): ./evs bench contacts --contacts 10000000 --servers evscallpro

cmd_bench() {
  local name names=() failed=0
  while (($#)) && [[ $1 != --* ]]; do names+=("$1"); shift; done
  local bench_options=("$@")
  export STEP_LOGS="$EVS_ROOT/build/log"
  ((${#names[@]})) || mapfile -t names < <(bench_names)
  ((${#names[@]})) || fail "There is no benchmark in tests/bench."
  plan 3
  step "Debian packages" packages_install build run test node || return
  step "Benchmarks build" build_benches || return
  step "Benchmark dependencies" bench_npm || return
  for name in "${names[@]}"; do
    head1 "bench $name"
    bench_one "$name" || failed=1
  done
  return "$failed"
}

bench_names() {
  find "$EVS_ROOT/tests/bench" -maxdepth 1 -name '*.bench.mjs' -printf '%f\n' 2>/dev/null | sed 's/\.bench\.mjs$//' | sort
}

build_benches() {
  build_configure release -DEVS_PARTS="$EVS_SERVER_PARTS;tests" || return
  build_ninja release evscallpro || return
  [[ ! -f "$EVS_ROOT/tests/bench/CMakeLists.txt" ]] || build_ninja release tests/bench/all
}

# The peer server of the comparison has its own dependencies.
bench_npm() {
  local folder
  for folder in "$EVS_ROOT/tests/bench" "$EVS_ROOT"/tests/bench/*/; do
    [[ ! -f "$folder/package-lock.json" ]] || npm_install "${folder%/}" || return
  done
}

# The bench instance's services are there for whoever needs them (EVS_* in the environment).
bench_one() {
  local folder="$EVS_ROOT/tests/bench" status=0
  instance_env bench
  instance_write
  if [[ -f "$folder/$1.bench.mjs" ]]; then node "$folder/$1.bench.mjs" "${bench_options[@]}" || status=$?
  elif [[ -x "$EVS_ROOT/build/release/tests/bench/bench_$1" ]]; then "$EVS_ROOT/build/release/tests/bench/bench_$1" "${bench_options[@]}" || status=$?
  else fail "There is no benchmark \"$1\"." "There are: $(bench_names | paste -sd ' ')"; fi
  redis_stop; postgres_stop
  return "$status"
}
