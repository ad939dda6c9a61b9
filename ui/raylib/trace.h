#ifndef TRAM_TRACE_H
#define TRAM_TRACE_H

#include <stddef.h>

/* Sends raylib's messages to tram_trace; without it a fatal one ends the
   program before Go hears of it. */
void tram_trace_install(void);

/* The first warning or error since it was cleared, "" if there was none. */
const char *tram_trace_last(void);
void tram_trace_clear(void);

/* Takes the first message on the sound since the last call, or which backend
   was opened. */
void tram_trace_sound(char *out, size_t size);

#endif
