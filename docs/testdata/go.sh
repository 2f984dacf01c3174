#!/bin/sh
# The go of the pages' blocks, whose commands are meant for a clone: they run there, and what go build
# makes is put into the page's folder. go install puts programs into a folder that nothing looks at.
PATH=${PATH#"$DOCS_BIN":}
here=$PWD
if [ "$1" = build ]; then
  shift
  for argument; do
    shift
    case "$last $argument" in "-o /"*) ;; "-o "*) argument="$here/$argument" ;; esac
    last=$argument
    set -- "$@" "$argument"
  done
  set -- build "$@"
fi
export GOBIN="$DOCS_BIN/installed"
cd "$DOCS_ROOT" || exit 1
exec go "$@"
