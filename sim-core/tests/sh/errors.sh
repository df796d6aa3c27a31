nosuch
echo $?
./nosuch; echo $?
/; echo $?
touch=1
echo 'echo hi' > script
./script; echo $?
cd /nowhere; echo $?
cd a b; echo $?
[ a b ]; echo $?
[ 1 -eq x ]; echo $?
[ a; echo $?
test; echo $?
shift 5; echo $?
break; echo $?
return 3; echo $?
local x; echo $?
unset -q; echo $?
export 1x; echo $?
kill; echo $?
kill x; echo $?
kill -9x 1; echo $?
kill 99999; echo $?
jobs; fg; echo $?
wait 99999; echo $?
. nowhere; echo $?
exec nosuch2 2>&1 | cat
readonly r=1; r=2 true; echo $?
unset r; echo $?
(r=2; echo no); echo $?
(echo ${bad bad}); echo $?
(echo $((1 / 0))); echo $?
(echo $((1 +))); echo $?
(set -u; echo $undefined); echo $?
(set -e; false; echo no); echo $?
(set -e; if false; then :; fi; false || true; ! true; echo still); echo $?
(exit 300); echo $?
(exit x); echo $?
f() { nosuch_in_f; }; f
type cat echo f if nosuch; echo $?
command -v cat echo if nosuch; echo $?
sh -c 'kill -9 $$'; echo $?
sh -c 'kill $$'; echo $?
umask; umask 077; umask
echo -n a; echo -e 'b\tc\n\0101'; echo -x; echo --
printf '%s-%5d|%-5s|%05d|%x %c %%\n' a 42 b 42 255 xyz
printf '%s\n' 1 2 3; printf '%d\n' abc; printf '%b' 'a\tb\n'; printf 'no newline'; echo
eval ')'
echo last
