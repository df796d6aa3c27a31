set -- a "b c" ''
echo $# "$@" and $* end
for word in "$@"; do echo "<$word>"; done
for word in $@; do echo "<$word>"; done
for word; do echo "($word)"; done
IFS=:
echo "$*"
list=x:y::z
for part in $list; do echo "[$part]"; done
unset IFS
echo 'single $x' "double \$x \"q\" \\" back\ slash
empty=
echo a${empty}b "$empty"c $empty d
echo {a,b}{1,2} {1..4} {5..1..2} x{,y} {x} {a..e}
echo $'tab\there' $'a\'b'
echo ~ ~/x "~" a~
echo "$(echo one; echo two)" $(echo three; echo four)
echo `echo back \`echo nested\``
echo "a
b"
echo $((1 + 2 * 3)) $((7 / 2)) $((7 % 3)) $((2 ** 10)) $((-7 / 2)) $((1 << 4 | 1)) $((3 > 2 && 0 || 5))
i=5
echo $((i++)) $i $((++i)) $((i += 10)) $((i > 3 ? 1 : 2)) $((0x1f)) $((010)) $((2#101))
x=i
echo $((x + 1)) $((x = 4, x * 2)) $x
echo $((!0)) $((~0)) $((5 & 6)) $((5 ^ 6))
