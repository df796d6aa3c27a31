echo "one
two" > file
x=$(<file); echo "[$x] $?"
x=$( < file ); echo "[$x]"
x=$(<file cat); echo "[$x]"
x=$(<file; echo not the content); echo "[$x]"
x=$(< missing); echo $? "[$x]"
( ( echo subshells ) )
( (echo a); (echo b) )
( ( ( echo three ) ) )
((1 + 1)) && echo arithmetic
(( (1 + 1) * ( (2) ) == 4 )) && echo "arithmetic, in parentheses"
((echo fallen back); echo to a subshell)
[[ ( ( a = a ) ) ]] && echo tested
PATH=/nope cat file; echo $?
cat file
(cat file; PATH=/nope cat file); PATH=/nope command cat file
PATH=/nope cat file; echo $?
PATH=/nope:/usr/bin:/bin cat file
type cat
