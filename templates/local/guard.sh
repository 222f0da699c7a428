# Runs a server so that it never outlives the one who started it:  sh guard.sh REMOVE PROGRAM ARG...
# Standard input is the leash. When it ends (its owner closed it, or died) the server gets TERM, and KILL ten seconds
# later; the line "kill" sends KILL at once. The folder REMOVE, if not empty, is deleted after the server's end.
remove=$1
shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
(
	read -r word <&3
	[ "$word" = kill ] || kill -TERM $server
	[ "$word" = kill ] || for _ in $(seq 100); do kill -0 $server || exit; sleep 0.1; done
	kill -KILL $server
) >/dev/null 2>&1 &
leash=$!
trap 'kill -TERM $server' TERM INT HUP
exec 3<&-
wait $server
code=$?
while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
kill $leash 2>/dev/null
[ -z "$remove" ] || rm -rf "$remove"
exit $code
