for f in b.txt a.txt c.md .hidden 'sp ace'; do echo > "$f"; done
echo *; echo *.txt; echo ?.*; echo [ab]*; echo [!ab]*; echo .h*; echo nothing*; echo "*"; echo \*
for f in sp*; do echo "<$f>"; done
x='*.md'; echo $x "$x"
set -f; echo *; set +f
echo /usr/bin/ca[t] /us?/bin/true
echo ./*.txt
