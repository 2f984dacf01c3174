#!/bin/sh
# The go of the pages' blocks, whose commands are meant for a clone: they run there, and what go build
# makes is put into the page's folder.
PATH=${PATH#"$DOCS_BIN":}
here=$PWD
if [ "$1" = build ]; then
  shift
  for argument; do
    shift
    case "$last" in -o) argument="$here/$argument" ;; esac
    last=$argument
    set -- "$@" "$argument"
  done
  set -- build "$@"
fi
cd "$DOCS_ROOT" || exit 1
exec go "$@"
