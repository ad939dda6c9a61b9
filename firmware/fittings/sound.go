package fittings

import (
	"context"
	"errors"

	"tram06/hal"
)

// play plays the cues on the sound card, and keeps its volume as it is wanted.
func (f *Fittings) play(ctx context.Context, d hal.Sound) error {
	p := f.player
	p.using(true)
	defer p.using(false)
	drain(p.toSnd)
	set := 0
	for {
		if v := p.volume.get(); v != set {
			set = v
			if err := d.SetVolume(v); err != nil && !errors.Is(err, hal.ErrUnsupported) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.volume.changed:
		case c := <-p.toSnd:
			samples, hertz := f.o.Tone(c)
			if err := d.Play(ctx, samples, hertz); err != nil {
				return err
			}
		}
	}
}

// using tells whether the sound card plays the cues.
func (p *player) using(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sound = on
}

// Volume sets how loud the cues are on the sound card, in percent.
func (f *Fittings) Volume(percent int) { f.player.volume.want(percent) }
