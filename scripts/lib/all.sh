# shellcheck shell=bash
# Sources every library of this folder.
_evs_lib=$(dirname "${BASH_SOURCE[0]}")
for _evs_part in common instance secrets packages build postgres redis asterisk phones node demo; do
  # shellcheck source=/dev/null
  [[ ! -f "$_evs_lib/$_evs_part.sh" ]] || . "$_evs_lib/$_evs_part.sh"
done
unset _evs_lib _evs_part
