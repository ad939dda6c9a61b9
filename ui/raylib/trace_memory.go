//go:build memory

package raylib

// #cgo CFLAGS: -DTRAM_WANT_MEMORY
import "C"
