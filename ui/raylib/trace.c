#include "trace.h"

#include <pthread.h>
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
enum { tram_info = 3, tram_warning = 4, tram_none = 7 };
extern void SetTraceLogLevel(int level) __attribute__((weak));
extern void SetTraceLogCallback(void (*fn)(int, const char *, va_list)) __attribute__((weak));

/* What concerns the display comes from one thread only, see the package
   comment; what concerns the sound from several. */
static char last[512];
static char sound[512];
static pthread_mutex_t sound_lock = PTHREAD_MUTEX_INITIALIZER;

static int begins(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static void tram_trace(int level, const char *text, va_list args)
{
    int backend = begins(text, "    > Backend:"); /* which says whether there is a card at all */
    if ((level < tram_warning && !backend) || level >= tram_none) return;
    /* The first message names the cause, the following ones only repeat that
       something failed. */
    if (backend || begins(text, "AUDIO") || begins(text, "STREAM") || begins(text, "miniaudio")) {
        pthread_mutex_lock(&sound_lock);
        if (sound[0] == 0) vsnprintf(sound, sizeof sound, text, args);
        pthread_mutex_unlock(&sound_lock);
        return;
    }
    if (last[0] != 0) return;
    vsnprintf(last, sizeof last, text, args);
}

void tram_trace_install(void)
{
    SetTraceLogCallback(tram_trace);
    SetTraceLogLevel(tram_info);
}

const char *tram_trace_last(void) { return last; }
void tram_trace_clear(void) { memset(last, 0, sizeof last); }

void tram_trace_sound(char *out, size_t size)
{
    pthread_mutex_lock(&sound_lock);
    snprintf(out, size, "%s", sound);
    memset(sound, 0, sizeof sound);
    pthread_mutex_unlock(&sound_lock);
}
