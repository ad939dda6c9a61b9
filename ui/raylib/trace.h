#ifndef TRAM_TRACE_H
#define TRAM_TRACE_H

/* Sends raylib's messages to tram_trace; without it a fatal one ends the
   program before Go hears of it. */
void tram_trace_install(void);

/* The newest warning or error, "" if there was none. */
const char *tram_trace_last(void);
void tram_trace_clear(void);

#endif
