# shellcheck shell=bash
# Passwords that the database keeps encrypted. The key is in EVS_SECRET_KEY_FILE (an instance's secret.keys) or EVS_SECRET_KEYS.

# secrets_run ACTION: standard input to standard output; needs the server's program, or EVS_SECRETS in its place.
secrets_run() {
  local program=("${EVS_BINARY:-$EVS_ROOT/build/release/app/evscallpro}" secrets)
  [[ -z ${EVS_SECRETS:-} ]] || program=("$EVS_SECRETS")
  "${program[@]}" "$1" --keys "${EVS_SECRET_KEY_FILE:-}"
}

# secrets_known: whether there is a key at all.
secrets_known() { [[ -n ${EVS_SECRET_KEYS:-} || -s ${EVS_SECRET_KEY_FILE:-} ]]; }
