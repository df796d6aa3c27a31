if true; then echo yes; else echo no; fi
if false; then echo yes; elif true; then echo elif; else echo no; fi
if false; then echo x; fi; echo $?
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done
until [ $i -eq 0 ]; do i=$((i - 1)); done; echo $i
for i in 1 2 3 4 5; do
  [ $i = 2 ] && continue
  [ $i = 4 ] && break
  echo $i
done
for a in 1 2; do for b in x y; do [ $b = y ] && continue 2; echo $a$b; done; done
for ((i = 0; i < 3; i++)); do echo -n "$i "; done; echo
case foo.c in *.h) echo header;; *.c|*.cc) echo source;; *) echo other;; esac
case x in [a-m]) echo low;; [!a-m]) echo high;; esac
case a in a) echo 1;& b) echo 2;; c) echo 3;; esac
case 'a*' in 'a*') echo quoted;; esac
{ echo one; echo two; } | cat
(cd /; pwd); [ "$(pwd)" = / ] || echo elsewhere
x=1; (x=2; echo $x); echo $x
f() { echo "f $1 $#"; local x=9; y=$x; return 4; }
f a b; echo $? $x $y
g() { for i in 1 2; do return $i; done; }
g; echo $?
function h { echo h; }
h
fact() { [ $1 -le 1 ] && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }
fact 5
! true; echo $?
! false; echo $?
true && false || echo or
false && true && echo no; echo $?
((3 > 2)) && echo arithmetic
[[ abc == a* && ! -e /nowhere ]] && echo test
[[ abc == "a*" ]] || echo literal
[[ 3 -lt 10 && b > a ]] && echo less
echo a | cat | cat
echo status | false; echo $?
set -o pipefail; false | true; echo $?; set +o pipefail
eval 'echo $x' '; echo two'
: ${z:=9}; echo $z
