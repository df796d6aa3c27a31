trap 'echo bye' EXIT
trap 'echo usr1' USR1
kill -USR1 $$
echo after
trap
trap - USR1
(trap 'echo sub bye' EXIT; echo in sub)
trap '' TERM
kill $$
echo alive
x=$(trap 'echo inner' EXIT; echo out); echo "$x"
cat /dev/null & wait $!; echo "waited $?"
(exit 7) & wait $!; echo $?
sh -c 'exit 5' & wait; echo $?
set -x; x=1; echo "a b" $x; set +x
echo $0 $LINENO
exit 3
