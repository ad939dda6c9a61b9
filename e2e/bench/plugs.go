package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tram06/devdock/stack"
	"tram06/e2e/bench/figure"
)

// pulled are the cables of the dock, and what the kiosk calls the device that
// hangs on each.
var pulled = []struct{ cable, name, title, how string }{
	{"scanner", "scanner", "scanner", "a serial line that hangs up, and comes back under another number"},
	{"printer", "printer", "printer", "its TCP port"},
	{"reader", "reader", "card reader", "reader and card daemon; what is counted begins when the daemon is back"},
	{"board", "lamps", "lamps", "the simulated chip of the lines"},
	{"backlight", "backlight", "backlight", "the kernel's files"},
	{"thermometer", "thermometer", "thermometer", "the kernel's files"},
}

// hand is how long a person's hand takes at least from pulling a plug to putting
// it back, and back again. A device that comes and goes quicker than that is a
// loose contact, from which the kiosk backs off.
const hand = time.Second

// plugs pulls each cable and puts it back, again and again, and takes from the
// kiosk's log when it noticed.
func plugs(ctx context.Context, o options, s *stack.Stack, r *figure.Report) error {
	for _, d := range pulled {
		o.say("%d times the cable of the %s…", o.plugs, d.title)
		var seen, healed []float64
		for range o.plugs {
			gone, back, err := pull(ctx, s, d.cable, d.name)
			if err != nil {
				return fmt.Errorf("cable of the %s: %w", d.title, err)
			}
			seen, healed = append(seen, milliseconds(gone)), append(healed, milliseconds(back))
			if err := wait(ctx, hand); err != nil {
				return err
			}
		}
		r.Add("unplugged: the kiosk knows, "+d.title, worst(seen), "ms", 1000, "%s; the slowest of %d, median %s", d.how, len(seen), figure.Number(median(seen)))
		r.Add("plugged in: it works again, "+d.title, worst(healed), "ms", 2000, "the slowest of %d, median %s", len(healed), figure.Number(median(healed)))
	}
	return nil
}

func worst(v []float64) float64 {
	w := 0.0
	for _, x := range v {
		w = max(w, x)
	}
	return w
}

// pull takes a cable out and puts it back, and says how long the kiosk took to
// know of each.
func pull(ctx context.Context, s *stack.Stack, cable, name string) (gone, back time.Duration, err error) {
	log, err := follow(s.Logs())
	if err != nil {
		return 0, 0, err
	}
	defer log.Close()
	at := time.Now()
	if err := s.World.Cable(cable); err != nil {
		return 0, 0, err
	}
	lost, err := log.until(ctx, name, " absent")
	if err != nil {
		return 0, 0, err
	}
	gone = lost.Sub(at)
	if err := wait(ctx, hand); err != nil {
		return 0, 0, err
	}
	if err := s.World.Cable(cable); err != nil {
		return 0, 0, err
	}
	at = time.Now()
	ready, err := log.until(ctx, name, " ready")
	if err != nil {
		return 0, 0, err
	}
	// It may be back before the hand has let go.
	return gone, max(0, ready.Sub(at)), nil
}

// healthLog reads what the kiosk logs from now on.
type healthLog struct {
	*os.File
	r    *bufio.Reader
	part []byte // of a line that is being written
}

func follow(logs string) (*healthLog, error) {
	f, err := os.Open(filepath.Join(logs, "kiosk.log"))
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		f.Close()
		return nil, err
	}
	return &healthLog{File: f, r: bufio.NewReader(f)}, nil
}

// until waits for a line that says this of a device, and gives its time.
func (l *healthLog) until(ctx context.Context, name, what string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		line, err := l.r.ReadBytes('\n')
		l.part = append(l.part, line...)
		if err == nil {
			at, ok := healthLine(l.part, name, what)
			l.part = l.part[:0]
			if ok {
				return at, nil
			}
			continue
		}
		if err := wait(ctx, 2*time.Millisecond); err != nil {
			return time.Time{}, fmt.Errorf("the kiosk does not say that the %s is%s: %w", name, what, err)
		}
	}
}

// healthLine reads one line of the log.
func healthLine(line []byte, name, what string) (time.Time, bool) {
	var l struct {
		Time    time.Time
		Msg     string
		Name    string // of a device
		Fitting string
	}
	if json.Unmarshal(bytes.TrimSpace(line), &l) != nil || !strings.HasSuffix(l.Msg, what) {
		return time.Time{}, false
	}
	return l.Time, l.Name == name || l.Fitting == name
}
