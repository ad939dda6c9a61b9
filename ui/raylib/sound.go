package raylib

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/sound/speaker"
)

// OpenSound opens the machine's sound card, the one that ALSA calls default.
// raylib knows one card; it is played from threads of its own, so that none of
// this belongs to the main thread.
//
//	audio:///?volume=80
//
// Builds without sound, which have the tag noaudio, know the scheme and refuse
// it. now stamps health; nil is time.Now.
func OpenSound(now func() time.Time) hal.Opener {
	return func(_ context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("sound", u)
		volume := p.Number("volume", speaker.DefaultVolume, 0, 100)
		if u.Host != "" || u.Path != "" && u.Path != "/" {
			p.Failf("%s: want audio:/// and parameters", u)
		}
		if err := p.End(); err != nil {
			return nil, err
		}
		card, err := openCard()
		if err != nil {
			return nil, fmt.Errorf("sound: %w", err)
		}
		return speaker.New(u.String(), card, volume, now)
	}
}
