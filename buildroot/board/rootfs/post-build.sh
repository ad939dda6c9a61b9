#!/bin/sh
# Runs over the root file system before it becomes an image. Arguments: the
# file system's folder, then the board's name (BR2_ROOTFS_POST_SCRIPT_ARGS).
set -eu

target=$1
board=${2:?no board: set BR2_ROOTFS_POST_SCRIPT_ARGS}

# The service starts the kiosk with this board's file, which is in the binary.
mkdir -p "$target/etc/tram06"
printf 'TRAM06_BOARD=%s\n' "$board" >"$target/etc/tram06/board.env"
