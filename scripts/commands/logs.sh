# shellcheck shell=bash
# ./evs logs [SERVICE] [-f] [-n LINES] [INSTANCE is main]

cmd_logs() {
  local service=node follow=() lines=50 file
  while (($#)); do
    case $1 in
      -f) follow=(-F) ;;
      -n) lines=${2:?-n needs a number}; shift ;;
      -*) fail "usage: ./evs logs [node|asterisk|postgres|redis|phones|carriers|demo] [-f] [-n LINES]" ;;
      *) service=$1 ;;
    esac
    shift
  done
  instance_load main
  file=$(logs_file "$service") || fail "There is no log of \"$service\" yet." "There are: $(logs_names)"
  exec tail -n "$lines" "${follow[@]}" "$file"
}

# The log of a service: log/<service>.log, or the newest one of log/<service>*.
logs_file() {
  local dir="$EVS_STATE_DIR/log" found
  [[ ! -f $dir/$1.log ]] || { printf '%s' "$dir/$1.log"; return 0; }
  found=$(find "$dir" "$EVS_STATE_DIR/$1" -path '*log*' -type f -name '*' 2>/dev/null | grep -F "$1" | xargs -r ls -t 2>/dev/null | head -n 1)
  [[ -n $found ]] && printf '%s' "$found"
}

logs_names() { find "$EVS_STATE_DIR/log" -name '*.log' ! -name 'step-*' -printf '%f\n' 2>/dev/null | sed 's/\.log$//' | sort | paste -sd ' '; }
