package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/fittings"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/hal"
)

// terminal is what a kiosk plays on, beside its screen.
type terminal struct {
	board config.Board
	// What is done on the remote panel.
	touches <-chan hal.Touch
	keys    <-chan hal.KeyPress

	fit *fittings.Fittings // nil before play
}

// volume sets how loud the terminal is. It belongs to the loop, as all that is
// done by touch and key.
func (t *terminal) volume(percent int) {
	if t.fit != nil {
		t.fit.Volume(percent)
	}
}

// play runs a kiosk with the fittings, and what else goes on beside it, until it
// ends. tell hears how the fittings are.
func (t *terminal) play(ctx context.Context, opt kiosk.Options, tell func(string, hal.Health), beside ...func(context.Context, *kiosk.Kiosk)) error {
	wake, deaf := listen(opt.Log)
	defer deaf()
	var k *kiosk.Kiosk
	t.fit = newFittings(t.board, opt.Registry, wake, tell, func(ctx context.Context) error { return k.Alive(ctx) }, opt.Log)
	opt.Wake, opt.Follow, opt.Touched = wake, t.fit.Follow, t.fit.Touched
	k = kiosk.New(opt)

	// The fittings go last: a kiosk that hangs in its end is the watchdog's too.
	fitted, off := context.WithCancel(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	var all, fit sync.WaitGroup
	fit.Go(func() { t.fit.Run(fitted) })
	all.Go(func() { t.forward(ctx, k) })
	for _, f := range beside {
		all.Go(func() { f(ctx, k) })
	}
	err := k.Run(ctx)
	cancel()
	all.Wait()
	off()
	fit.Wait()
	return err
}

// forward hands on what is done on the remote panel.
func (t *terminal) forward(ctx context.Context, k *kiosk.Kiosk) {
	for {
		select {
		case <-ctx.Done():
			return
		case touch := <-t.touches:
			k.Touched(ctx, touch)
		case press := <-t.keys:
			k.Pressed(ctx, press)
		}
	}
}

// outOfService says on the screen that the terminal cannot serve, and gives the
// reason back when the time is up: whoever keeps the kiosk running starts it
// again then, so that it serves soon after the cause is gone, and people have
// something to read until then. A second kiosk beside one that serves makes
// way at once.
func (t *terminal) outOfService(ctx context.Context, opt kiosk.Options, hold time.Duration, why error) error {
	code := health.ConfigFile
	if c := (coded{}); errors.As(why, &c) {
		code = c.code
	}
	if code == health.Running || hold <= 0 {
		return why
	}
	opt.Log.Error("out of service", "code", code, "err", why, "for", hold.String())
	ctx, cancel := context.WithTimeout(ctx, hold)
	defer cancel()
	opt.OutOfService = code
	return errors.Join(why, t.play(ctx, opt, func(string, hal.Health) {}))
}
