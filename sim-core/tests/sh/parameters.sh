unset u
e=
v=value
echo "${u-d} ${e-d} ${v-d} ${u:-d} ${e:-d} ${v:-d}"
echo "${u+a} ${e+a} ${v+a} ${u:+a} ${e:+a} ${v:+a}"
echo "${u:=set} $u" ${n:=a  b}
echo ${#v} ${#u} ${#e}
path=/usr/local/lib/file.tar.gz
echo ${path#*/} ${path##*/} ${path%.*} ${path%%.*} ${path#nothing}
echo ${path/local/share} ${path//l/L} ${path/#\/usr/U} ${path/%gz/xz} ${path//\/}
echo ${path:5} ${path:5:5} ${path: -2} ${path:0:-3}
echo ${v^} ${v^^} ${v,,}
name=v
echo ${!name}
set -- one two three
echo ${@:2} ${@:1:1} ${*: -1} ${#@} ${1}x $10
echo "${v:-"quoted"}" ${u2:-'single q'} "${u2:-$(echo sub)}"
for x in ${u3:-a b c}; do echo "<$x>"; done
for x in "${u3:-a b c}"; do echo "<$x>"; done
pattern='*/'
echo "${path##$pattern}" "${path##"$pattern"}"
echo $? $#
(exit 3)
echo $?
echo ${u4:?not there}
echo never
