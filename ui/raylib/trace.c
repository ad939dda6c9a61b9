#include "trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The build variant is chosen by tags and by C flags; a mismatch would open
   the wrong display without a word. */
#if defined(TRAM_WANT_MEMORY)
#if !defined(PLATFORM_MEMORY) || !defined(GRAPHICS_API_OPENGL_SOFTWARE)
#error "memory variant without its C flags: build with scripts/build-kiosk memory"
#endif
#elif defined(PLATFORM_MEMORY) || defined(GRAPHICS_API_OPENGL_SOFTWARE)
#error "C flags of the memory variant without its tags: build with scripts/build-kiosk memory"
#endif

/* Levels and functions of raylib.h, which belongs to another Go module and so
   is out of reach of an include. The weak mark lets cgo link this package
   alone; the program has the real ones. */
enum { tram_warning = 4, tram_none = 7 };
extern void SetTraceLogLevel(int level) __attribute__((weak));
extern void SetTraceLogCallback(void (*fn)(int, const char *, va_list)) __attribute__((weak));

/* raylib calls from one thread only, see the package comment. */
static char last[512];

static void tram_trace(int level, const char *text, va_list args)
{
    if (level < tram_warning || level >= tram_none) return;
    /* The first message names the cause, the following ones only repeat that
       something failed. */
    if (last[0] != 0) return;
    vsnprintf(last, sizeof last, text, args);
}

void tram_trace_install(void)
{
    SetTraceLogCallback(tram_trace);
    SetTraceLogLevel(tram_warning);
}

const char *tram_trace_last(void) { return last; }
void tram_trace_clear(void) { memset(last, 0, sizeof last); }
