#!/bin/sh
# The ssnn of the pages' blocks: trainings have one epoch, on a tenth of their recordings, grids one
# seed, and sets made of pictures 24 recordings a class. All else is as the page says.
ssnn="$DOCS_BIN/real/ssnn"
few="--set split.held_out=0.9"
case "$*" in *held_out*) few="" ;; esac
case "$1 $*" in
"train "*--resume*--epochs*) exec "$ssnn" "$@" --epochs 2 ;;
"train "*--resume*) exec "$ssnn" "$@" ;;
"train "*) exec "$ssnn" "$@" --epochs 1 $few ;;
"reproduce reproduce") exec "$ssnn" "$@" ;;
"reproduce "*) exec "$ssnn" "$@" --seeds 1 --set train.epochs=1 $few ;;
"data data synth"*--images*) exec "$ssnn" "$@" --train 20 --test 4 ;;
"search "*) exec "$ssnn" "$@" --epochs 1 --candidates 2 ;;
esac
exec "$ssnn" "$@"
