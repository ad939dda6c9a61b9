//go:build memory

package raylib

// raylib-go names the libraries that raylib needs only where it knows the
// platform. They stand here and not in the environment, because flags from
// there would have everything else with cgo in it built anew for this variant.

// #cgo CFLAGS: -DTRAM_WANT_MEMORY
// #cgo LDFLAGS: -lm -lpthread -ldl -lrt
import "C"
