#ifndef TRAM_QUIET_H
#define TRAM_QUIET_H

/* ALSA's library, which is loaded only here and by miniaudio, prints a dozen
   lines whenever there is no card. */
void tram_quiet_alsa(void);

#endif
