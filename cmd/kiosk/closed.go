package main

import (
	"context"
	"errors"
	"time"

	"tram06/firmware/config"
	"tram06/firmware/health"
	"tram06/firmware/kiosk"
	"tram06/hal"
)

// coded is an error with the code of its condition, as the screen, the log and
// the manual name it.
type coded struct {
	code health.Code
	err  error
}

func (e coded) Error() string { return string(e.code) + ": " + e.err.Error() }
func (e coded) Unwrap() error { return e.err }

// outOfService says on the screen that the terminal cannot serve, and gives the
// reason back when the time is up: whoever keeps the kiosk running starts it
// again then, so that it serves soon after the cause is gone, and people have
// something to read until then. A second kiosk beside one that serves makes
// way at once.
func outOfService(ctx context.Context, board config.Board, opt kiosk.Options, touches <-chan hal.Touch, hold time.Duration, why error) error {
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
	return errors.Join(why, play(ctx, board, opt, touches, func(string, hal.Health) {}))
}

// forward hands on the touches of the remote panel.
func forward(ctx context.Context, k *kiosk.Kiosk, touches <-chan hal.Touch) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-touches:
			k.Touched(ctx, t)
		}
	}
}

// press hands on the keys of the remote panel.
func press(ctx context.Context, k *kiosk.Kiosk, keys <-chan hal.KeyPress) {
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-keys:
			k.Pressed(ctx, p)
		}
	}
}
