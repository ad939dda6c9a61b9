package raylib

// #include "trace.h"
import "C"

// installTrace sends raylib's messages to a buffer of our own: its default is
// to print them and, at the gravest level, to end the program.
func installTrace() { C.tram_trace_install() }

// takeTrace returns the first warning since the last call.
func takeTrace() string {
	s := C.GoString(C.tram_trace_last())
	C.tram_trace_clear()
	return s
}

// takeSoundTrace returns the first message on the sound since the last call.
func takeSoundTrace() string {
	var buf [512]C.char
	C.tram_trace_sound(&buf[0], C.size_t(len(buf)))
	return C.GoString(&buf[0])
}
