//go:build guest

package guest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/e2e/bench/figure"
	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/evdev"
	"tram06/hal/keypad"
	"tram06/hal/rtc"
	"tram06/hal/serialscan"
	"tram06/hal/supervisor"
	"tram06/hal/sysfs"
	"tram06/hal/uevent"
	"tram06/hal/watchdog"
)

// household keeps devices open as a kiosk does.
type household struct {
	t       *testing.T
	ctx     context.Context
	hub     *uevent.Hub
	running sync.WaitGroup
}

// keep opens a device under a supervisor, and has use work with it until ctx
// ends. It returns when the device is open.
func keep[D hal.Device](h *household, uri string, open hal.Opener, use func(ctx context.Context, d D) error) {
	h.t.Helper()
	scheme, _, _ := strings.Cut(uri, ":")
	begun := make(chan struct{})
	h.running.Go(func() {
		err := supervisor.Run(h.ctx, supervisor.Options[D]{
			URI: uri, Registry: hal.Registry{scheme: open}, Key: "test.gone", Wake: h.hub.Wake(uri),
			Use: func(ctx context.Context, d D) error {
				close(begun) // a second time would be one too many
				return use(ctx, d)
			},
		})
		if !errors.Is(err, context.Canceled) {
			h.t.Errorf("%s: %v", uri, err)
		}
	})
	within(h.t, patience, uri+" is open", begun)
}

// every calls at its interval.
func every[D hal.Device](interval time.Duration, call func(D) error) func(context.Context, D) error {
	return func(ctx context.Context, d D) error {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			if err := call(d); err != nil {
				return err
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// What all devices together cost while nobody stands before the terminal.
func TestIdle(t *testing.T) {
	d, g, k, touch := newDesk(t, sim.Options{}), newGun(t), newKeys(t, "keypad"), newGlass(t)
	c, monitor, fan := newCMOS(t), thermometer{newChip(t, lm75, 0x48)}, ventilator{newChip(t, amc6821, fanAddr)}
	for _, plug := range []func(){d.plug, g.plug, k.plug, touch.plug, monitor.plug, fan.plug} {
		plug()
	}
	fan.turns(2000)
	name, err := watchdogOf(chipWatchdog)
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := uevent.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h := &household{t: t, ctx: ctx, hub: uevent.NewHub(kernel)}
	defer func() {
		cancel()
		h.running.Wait()
		_ = h.hub.Close()
		// Who kicked it is gone, and it counts.
		if w, err := openWatchdog("/dev/" + name); err != nil {
			t.Error(err)
		} else if err := w.Disarm(); err != nil || counts(t, name) {
			t.Errorf("Disarm gives %v, and it counts: %v", err, counts(t, name))
		}
	}()
	wait := func(ctx context.Context, _ hal.Printer) error { <-ctx.Done(); return ctx.Err() }
	files := sysfs.Registry(sysfs.Dir("/"), time.Now)
	keep(h, printerURI, escpos.Opener(escpos.Options{}), wait)
	keep(h, scannerURI, serialscan.Opener(time.Now), next)
	keep(h, glassURI, evdev.Opener(evdev.Panel{}, time.Now), func(ctx context.Context, s hal.TouchScreen) error {
		_, err := s.Next(ctx)
		return err
	})
	keep(h, keypadURI, keypad.Opener(time.Now), func(ctx context.Context, p hal.Keypad) error {
		_, err := p.Next(ctx)
		return err
	})
	keep(h, "rtc://"+c.file, rtc.Opener(time.Now), every(time.Minute, func(d hal.Clock) error {
		_, err := d.Read()
		return err
	}))
	keep(h, thermometerURI, files["hwmon+thermometer"], every(5*time.Second, func(d hal.Thermometer) error {
		_, err := d.Read()
		return err
	}))
	keep(h, fanURI, files["hwmon+fan"], every(5*time.Second, func(d hal.Fan) error {
		_, err := d.RPM()
		return errors.Join(err, d.SetSpeed(40))
	}))
	keep(h, "watchdog:///dev/"+name, watchdog.Opener(time.Now), every(10*time.Second, hal.Watchdog.Kick))
	const settle, span = 2 * time.Second, 10 * time.Second
	<-time.After(settle)
	was := processor(unix.CLOCK_PROCESS_CPUTIME_ID)
	<-time.After(span)
	percent := 100 * float64(processor(unix.CLOCK_PROCESS_CPUTIME_ID)-was) / float64(span)
	t.Logf("%s %%", figure.Number(percent))
	f := figure.Figure{
		What: "idle, all devices open: processor time", Value: percent, Unit: "%", Limit: 1,
		How: "of one processor in 10 s: printer, scanner, touch panel, keypad, clock, thermometer, fan and watchdog under their supervisors, with the simulated print head",
	}
	if err := tell("@figure", f); err != nil {
		t.Fatal(err)
	}
}
