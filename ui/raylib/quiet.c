//go:build !noaudio

#include "quiet.h"

#include <dlfcn.h>
#include <stddef.h>

typedef void (*handler)(const char *, int, const char *, int, const char *, ...);

static void nothing(const char *file, int line, const char *function, int err, const char *format, ...) {}

void tram_quiet_alsa(void)
{
    void *lib = dlopen("libasound.so.2", RTLD_NOW | RTLD_GLOBAL);
    int (*set)(handler);
    if (lib == NULL) return;
    *(void **)&set = dlsym(lib, "snd_lib_error_set_handler");
    if (set != NULL) set(nothing);
}
