package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"tram06/devdock/citizen"
	"tram06/devdock/people"
	"tram06/devdock/stack"
	"tram06/e2e/bench/figure"
	"tram06/hal/vpcd"
	"tram06/ui/panel"
)

// product measures the kiosk as the process that it is, with gateway, fleet,
// card daemon, scanner and printer around it.
func product(ctx context.Context, o options, r *figure.Report) (err error) {
	dir := o.state
	if dir == "" {
		if dir, err = os.MkdirTemp("", "tram06-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	o.say("starting the product…")
	s, err := stack.Start(ctx, stack.Options{Dir: dir, Bin: o.bin})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	for _, part := range []func(context.Context, options, *stack.Stack, *figure.Report) error{examine, starts, idle, plugs, visits, order} {
		if err := limited(ctx, o, s, r, part); err != nil {
			return err
		}
	}
	return nil
}

// patience is more than any part takes, however busy the machine is.
const patience = 5 * time.Minute

func limited(ctx context.Context, o options, s *stack.Stack, r *figure.Report, part func(context.Context, options, *stack.Stack, *figure.Report) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience+o.idle)
	defer cancel()
	return part(ctx, o, s, r)
}

// starts kills the kiosk and starts it again; the last one goes on running.
func starts(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	o.say("%d starts…", o.starts)
	var took []float64
	for range o.starts {
		if err := s.KioskP.Kill(); err != nil {
			return err
		}
		began := time.Now()
		if err := s.KioskP.Start(); err != nil {
			return err
		}
		ms, err := firstFrame(ctx, s, began)
		if err != nil {
			return err
		}
		took = append(took, ms)
	}
	r.Add("start to first frame", median(took), "ms", 500,
		"whole process on the memory backend, from starting the program to its first picture at the panel's socket; %s", spread(took, "starts"))
	return nil
}

func firstFrame(ctx context.Context, s *stack.Stack, began time.Time) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	t := time.NewTicker(time.Millisecond)
	defer t.Stop()
	for {
		p, err := panel.Dial(ctx, s.Panel)
		if err == nil {
			defer p.Close()
			if _, err := p.Await(ctx, func(panel.Scene) bool { return true }); err != nil {
				return 0, err
			}
			return milliseconds(time.Since(began)), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the kiosk shows nothing: %w", err)
		case <-t.C:
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// spread says what a median stands for.
func spread(v []float64, of string) string {
	return fmt.Sprintf("median of %d %s, %s to %s", len(v), of, figure.Number(slices.Min(v)), figure.Number(slices.Max(v)))
}

// idle watches the attract screen with all devices open and nobody there.
func idle(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	o.say("idle for %v…", o.idle)
	p, err := s.DialPanel(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	if _, err := p.AwaitName(ctx, "attract"); err != nil {
		return err
	}
	if err := wait(ctx, 5*time.Second); err != nil { // devices are opened, the fleet was told
		return err
	}
	before, err := p.Scene(ctx)
	if err != nil {
		return err
	}
	cpu, err := cpuTime(s.KioskP.Pid())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := wait(ctx, o.idle); err != nil {
		return err
	}
	used, err := cpuTime(s.KioskP.Pid())
	if err != nil {
		return err
	}
	passed := time.Since(began)
	after, err := p.Scene(ctx)
	if err != nil {
		return err
	}
	r.Add("idle, share of one core", 100*(used-cpu).Seconds()/passed.Seconds(), "%", 1,
		"/proc/PID/stat over %.0f s on the attract screen; all devices of the dock, gateway and fleet connected", passed.Seconds())
	r.Add("pictures drawn while idle", float64(after.Seq-before.Seq), "", figure.MustBeZero, "the panel's sequence over the same time")
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// timedChip adds up the time that the simulated chip itself takes.
type timedChip struct {
	vpcd.Chip
	spent atomic.Int64
}

func (c *timedChip) Transmit(cmd []byte) []byte {
	began := time.Now()
	defer func() { c.spent.Add(int64(time.Since(began))) }()
	return c.Chip.Transmit(cmd)
}

// visits plays each made-up citizen once, on a kiosk that has just started.
func visits(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	p, err := s.DialPanel(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	var chip, host, submit, print, whole []float64
	for _, someone := range people.All() {
		o.say("visit of %s…", someone.Key)
		c := &citizen.Citizen{World: s.World, Panel: p, Key: someone.Key}
		began := time.Now()
		read, own, err := readCard(ctx, s, c, someone)
		if err != nil {
			return err
		}
		for _, part := range []func(context.Context) error{c.Fill, c.Submit, c.Leave} {
			if err := part(ctx); err != nil {
				return err
			}
		}
		chip, host = append(chip, read), append(host, own)
		submit, print = append(submit, float64(c.Timings.SubmitMS)), append(print, float64(c.Timings.PrintMS))
		whole = append(whole, milliseconds(time.Since(began)))
	}
	peak, err := peakMemory(s.KioskP.Pid())
	if err != nil {
		return err
	}
	r.Add("a card in the kiosk, whole", median(chip), "ms", 0, "PACE, DG1, DG2, DG13, SOD and their check, by the kiosk's log, the simulated chip's own time included; %s", spread(chip, "visits"))
	r.Add("the same, the kiosk's own share for an APDU", median(host), "ms", 1, "less the time in the simulated chip; all checks, and whatever the drawing of the progress takes from it on the same cores, are in it; %s", spread(host, "visits"))
	r.Add("submit, from touch to the gateway's answer on the screen", median(submit), "ms", 0, "%s", spread(submit, "visits"))
	r.Add("receipt, from the answer to paper", median(print), "ms", 0, "confirmed by the simulated printer, which takes no time of its own; %s", spread(print, "visits"))
	r.Add("a whole visit", median(whole)/1000, "s", 0, "a citizen who never hesitates, and takes the card when asked to; %s ms", spread(whole, "visits"))
	r.Add("peak memory of the kiosk", peak, "MB", 120, "VmHWM after start and %d whole visits", len(whole))
	return nil
}

// readCard goes to "is this you?", and gives the time of the reading by the
// kiosk's log and, by APDU, what of it was not the chip's.
func readCard(ctx context.Context, s *stack.Stack, c *citizen.Citizen, someone people.Citizen) (read, own float64, err error) {
	made, err := someone.Chip(rand.Reader)
	if err != nil {
		return 0, 0, err
	}
	if err := c.ToIdentify(ctx); err != nil {
		return 0, 0, err
	}
	if err := s.World.Scan(c.Key, ""); err != nil {
		return 0, 0, err
	}
	if _, err := c.See(ctx, "identify-lay"); err != nil {
		return 0, 0, err
	}
	chip := &timedChip{Chip: made}
	if err := s.World.LayChip(c.Key, chip); err != nil {
		return 0, 0, err
	}
	if _, err := c.See(ctx, "confirm"); err != nil {
		return 0, 0, err
	}
	line, err := chipLine(s.Logs())
	if err != nil {
		return 0, 0, err
	}
	if line.APDUs == 0 || !line.OK {
		return 0, 0, fmt.Errorf("the kiosk's log tells of no good reading: %+v", line)
	}
	return line.MS, (line.MS - milliseconds(time.Duration(chip.spent.Load()))) / line.APDUs, nil
}
