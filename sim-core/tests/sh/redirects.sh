echo one > f; echo two >> f; cat f; cat < f
cat <<EOF
value: $((1 + 1)) $(echo sub) \$x "quotes"
EOF
cat <<'EOF'
raw $x
EOF
cat <<-EOF
	tabs
	EOF
cat <<< "here $((2 * 2))"
echo out; echo err >&2
{ echo a; echo b >&2; } 2> e > o; cat o; echo --; cat e
{ echo a; echo b >&2; } &> both; cat both
cat nowhere 2>&1 | cat
cat < nowhere; echo $?
echo x > /; echo $?
echo x > dir/file; echo $?
exec 3> three; echo to three >&3; exec 3>&-; cat three
echo x >&3; echo $?
exec 4< f; read line <&4; echo "got $line"; read line <&4; echo "got $line"; read line <&4; echo $? "$line"; exec 4<&-
set -C; echo y > f; echo $?; echo y >| f; cat f
while read a b; do echo "$b/$a"; done <<EOF
1 2 3
 4 5
EOF
echo "x:y:z" | { IFS=: read a b; echo "$a-$b"; }
echo 'a\b' | { read x; echo "$x"; }; echo 'a\b' | { read -r x; echo "$x"; }
if true; then echo compound; fi > c; cat c
f() { echo in f; } > g; f; cat g
x="a b"; echo hi > $x; echo $?
