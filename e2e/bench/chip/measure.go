package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tram06/e2e/bench/figure"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim/radio"
)

// Radio is one reading on the radio model. Times are milliseconds.
type Radio struct {
	Kind   string  `json:"kind"`
	Rate   int     `json:"kbit_s"`
	APDUs  int     `json:"apdus"`
	Bytes  int     `json:"bytes"`
	Whole  float64 `json:"whole_ms"`
	Alone  float64 `json:"bytes_alone_ms"`
	Chip   float64 `json:"chip_ms"`        // the chip's share of the whole
	Access float64 `json:"chip_access_ms"` // of it until the chip is open
	Name   float64 `json:"name_ms"`        // until the name is known
	Ratio  float64 `json:"ratio"`          // whole without the chip, against the bytes alone
	Strict float64 `json:"strict_ratio"`   // whole without the chip's share until it is open

	extended bool
	other    bool
	floor    float64 // what Strict would be without host, frames and turns
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// onAir reads a card on the radio model and notes when the name was known.
func (d *deck) onAir(ctx context.Context, k kind, rate int) (Radio, error) {
	chip, err := d.chip(k)
	if err != nil {
		return Radio{}, err
	}
	m := radio.Type(rate)
	if err := m.Check(); err != nil {
		return Radio{}, err
	}
	link := m.Wrap(wire{chip})
	var open, named radio.Report
	rep, err := d.read(ctx, k, link, func() time.Time { return link.At(today) }, func(s cccd.Step) {
		switch {
		case s.Stage == cccd.Names && s.Total == 0 && open.APDUs == 0:
			open = link.Report()
		case s.Person.Name != "" && named.APDUs == 0:
			named = link.Report()
		}
	})
	if err != nil {
		return Radio{}, err
	}
	sum := link.Report()
	chipAll, chipOpen := sum.Chip+sum.Work, open.Chip+open.Work
	return Radio{
		Kind: k.String(), Rate: rate, APDUs: rep.APDUs, Bytes: sum.Sent + sum.Received,
		Whole: ms(sum.Total()), Alone: ms(sum.Bytes), Chip: ms(chipAll), Access: ms(chipOpen), Name: ms(named.Total()),
		Ratio:  float64(sum.Total()-chipAll) / float64(sum.Bytes),
		Strict: float64(sum.Total()-chipOpen) / float64(sum.Bytes),

		extended: rep.Extended, other: k.other, floor: float64(sum.Bytes+chipAll-chipOpen) / float64(sum.Bytes),
	}, nil
}

// before counts the commands for DG2 that went out before the name was told.
// A protected command shows its header, and DG2 is read by its short file
// identifier.
func (d *deck) before(ctx context.Context, k kind) (early, total int, err error) {
	chip, err := d.chip(k)
	if err != nil {
		return 0, 0, err
	}
	const readDG2 = 0x80 | 0x02
	named, reads := false, 0
	tap := tapped{wire{chip}, func(cmd []byte) {
		if len(cmd) > 2 && cmd[1] == apdu.InsReadBinary && cmd[2] == readDG2 {
			reads++
			if !named {
				early++
			}
		}
	}}
	_, err = d.read(ctx, k, tap, func() time.Time { return today }, func(s cccd.Step) { named = named || s.Person.Name != "" })
	if err == nil && reads == 0 {
		err = fmt.Errorf("%v: DG2 was not read by its short file identifier", k)
	}
	return early, reads, err
}

// tapped shows each command to somebody.
type tapped struct {
	next apdu.Transmitter
	see  func(cmd []byte)
}

// Transmit implements apdu.Transmitter.
func (t tapped) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	t.see(cmd)
	return t.next.Transmit(ctx, cmd)
}

// hostCPU is the processor time that the host's side of a reading takes, all
// proofs included: the reading is recorded once and then repeated without the
// chip. The collector's work is in it.
func (d *deck) hostCPU(ctx context.Context, k kind, runs int) (time.Duration, error) {
	chip, err := d.chip(k)
	if err != nil {
		return 0, err
	}
	rec := &recorder{chip: wire{chip}}
	now := func() time.Time { return today }
	if _, err := d.read(ctx, k, rec, now, nil); err != nil {
		return 0, err
	}
	return cpuOf(runs, func() error {
		p := rec.tape.play()
		if _, err := d.read(ctx, k, p, now, nil); err != nil {
			return err
		}
		return p.ended()
	})
}

// cpuOf is the processor time of one call of f, in user and kernel mode, the
// mean of many after one that warms up.
func cpuOf(runs int, f func() error) (time.Duration, error) {
	if err := f(); err != nil {
		return 0, err
	}
	runtime.GC()
	began, err := processTime()
	if err != nil {
		return 0, err
	}
	for range runs {
		if err := f(); err != nil {
			return 0, err
		}
	}
	ended, err := processTime()
	return (ended - began) / time.Duration(runs), err
}

func processTime() (time.Duration, error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// rates are the bit rates of ISO/IEC 14443 in kbit/s.
var rates = []int{106, 212, 424, 848}

// goals makes the table that the product promises.
func goals(ctx context.Context, d *deck, o options, r *figure.Report) ([]Radio, error) {
	counts := []struct {
		kind
		most float64
	}{
		{kind{bac: true}, 7},
		{kind{}, 10},
		{kind{proofs: true}, 15},
		{kind{other: true}, 0},
		{kind{bac: true, proofs: true}, 0},
		{kind{bac: true, short: true}, 85},
		{kind{short: true}, 88},
		{kind{proofs: true, short: true}, 0},
	}
	o.say("commands and time on the radio model…")
	var air []Radio
	for _, c := range counts {
		for _, rate := range rates {
			a, err := d.onAir(ctx, c.kind, rate)
			if err != nil {
				return nil, err
			}
			air = append(air, a)
		}
		last := air[len(air)-1]
		how := "access, DG1, DG13, SOD and a DG2 of 15 KB from the simulated chip; %d bytes in both directions"
		if c.most == 0 {
			r.Add("APDUs, "+c.kind.String(), float64(last.APDUs), "", 0, how, last.Bytes)
			continue
		}
		r.AddAtMost("APDUs, "+c.kind.String(), float64(last.APDUs), "", c.most, how, last.Bytes)
	}
	for _, a := range air {
		if a.Rate != 424 || !a.extended || a.other {
			continue
		}
		r.AddAtMost("time at 424 kbit/s without the chip's own, against the bytes alone, "+a.Kind, a.Ratio, "×", 1.25,
			"radio model: %.0f ms, of it the chip %.0f ms and the bytes %.0f ms", a.Whole, a.Chip, a.Alone)
		r.Add("the same with all of the chip's time but that until it is open, "+a.Kind, a.Strict, "×", 0,
			"no reading can come below %.2f × here: the chip of the model needs 7.5 µs a byte and 4 ms a command", a.floor)
	}
	for _, k := range []kind{{}, {short: true}, {bac: true}, {proofs: true}} {
		early, reads, err := d.before(ctx, k)
		if err != nil {
			return nil, err
		}
		r.Add("commands for DG2 before the name is told, "+k.String(), float64(early), "", figure.MustBeZero, "of %d that begin at DG2's start, on the wire", reads)
	}
	o.say("processor time of %d readings…", o.runs)
	for _, k := range []kind{{proofs: true}, {proofs: true, short: true}} {
		took, err := d.hostCPU(ctx, k, o.runs)
		if err != nil {
			return nil, err
		}
		r.AddAtMost("host CPU of a whole reading with all proofs, "+k.String(), ms(took), "ms", 25,
			"user and system time of the process, decoding of the portrait and garbage collection included; mean of %d readings from a recorded wire", o.runs)
	}
	return air, messaging(ctx, o, r)
}
