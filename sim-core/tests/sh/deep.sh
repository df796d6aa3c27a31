# Deeper than people write, and not too deep for the stack of a test.
{ { { { { { { { { { { { { { { { { { { { echo braces; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; } ; }
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
(
echo parentheses
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)
)

echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo $(echo substituted))))))))))))))))))))))))))))))))))))))))
if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then if true; then echo conditions; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; fi; 
for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do for x in 1; do echo loops; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; done; 
case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) case x in x) echo cases;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac;; esac
echo ${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-${nothing:-default}}}}}}}}}}}}}}}}}}}}
echo $((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))))
# Words and brackets that open nothing.
echo if for while case { if for while case { if for while case {
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
case x in a) ;; b) ;; c) echo;; esac; echo "(" ')'
