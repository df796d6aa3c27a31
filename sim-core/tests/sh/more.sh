# whatever lessons are likely to use
x=$(cat <<EOF
inner $((2 + 3))
EOF
); echo "$x"
echo "nested: $(echo "a $(echo "b c")")"
i=0; while true; do i=$((i + 1)); if [ $i -gt 3 ]; then break; fi; done; echo $i
for f in a b; do echo $f; done | while read x; do echo "got $x"; done
echo a b c | { read first rest; echo "$first|$rest"; }
set -- x y z; while [ $# -gt 0 ]; do echo $1; shift; done
f() { while read line; do echo "- $line"; done; }; printf 'a\nb\n' | f
case $(uname) in Linux) echo penguin;; esac
echo $(( $(echo 4) * 2 )) "$(( 10 % 4 ))"
test -d /tmp && echo dir; test -f /tmp || echo no file; [ -e /dev/null -a -c /dev/null ] && echo dev
[ -z "" ] && [ -n x ] && [ ! -e /nope ] && echo ok; [ a = a -o b = c ] && echo or; [ \( a = b \) -o c = c ] && echo paren
if ! cat /nope 2> /dev/null; then echo failed with $?; fi
{ false; echo "after $?"; }
( exit 4 ) || echo "status $?"
(echo a; echo b) > list; while IFS= read -r l; do printf '[%s]' "$l"; done < list; echo
echo ${PWD##*/} | cat > /dev/null; echo "${HOME}"
export FOO=bar; sh -c 'echo $FOO'; BAZ=qux sh -c 'echo $BAZ'; echo "[$BAZ]"
env_test() { local v=in; echo $v; }; v=out; env_test; echo $v
unset FOO; echo "${FOO-unset}"
bash -c 'echo $0 $1 $2' name one two; bash -c 'echo $#' ; sh -c 'exit 9'; echo $?
echo 'echo from script $1; return 6' > lib; . ./lib arg; echo $?
printf '#!/bin/sh\necho script $0 $*\n' > s; cat s > /dev/null; sh s a b
true & echo background; wait
kill -l 9; kill -l TERM; kill -0 $$ && echo alive
n=5; let n+=2; echo $n; ((n--)); echo $n
a="1 2  3"; echo $a; echo "$a"; echo '$a'
echo one two | cat - ; echo "tab	here"
echo {1..3}{a,b} ; echo pre{x,y}post
: > empty; [ -s empty ] || echo empty; [ -r empty ] && echo readable
y=${x:0:5}; echo "$y"; echo ${#y}
false; x=$?; echo $x
x=$(false); echo $?
readonly R=1; echo $R
exec > log; echo logged; exec > /dev/tty; cat log
