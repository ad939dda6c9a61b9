package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"

	"tram06/e2e/bench/figure"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// fileChip is one file behind secure messaging and nothing else, with keys that
// are known.
type fileChip struct {
	session *sm.Session
	file    []byte
	short   bool
}

// Transmit implements apdu.Transmitter.
func (c *fileChip) Transmit(_ context.Context, raw []byte) ([]byte, error) {
	cmd, err := apdu.ParseCommand(append([]byte(nil), raw...))
	if err != nil {
		return nil, err
	}
	if cmd.Extended && c.short {
		return apdu.Response{SW: apdu.SWWrongLength}.Encode(), nil
	}
	plain, err := c.session.UnwrapCommand(cmd)
	if err != nil {
		return nil, err
	}
	offset := int(plain.P2)
	if plain.P1&0x80 == 0 {
		offset |= int(plain.P1) << 8
	}
	limit := apdu.MaxShort
	if cmd.Extended {
		limit = apdu.MaxExtended - 1
	}
	n := min(plain.Ne, c.session.MaxRead(limit), len(c.file)-offset)
	out, err := c.session.WrapResponse(apdu.Response{Data: c.file[offset : offset+n], SW: apdu.SWOK})
	if err != nil {
		return nil, err
	}
	return out.Encode(), nil
}

// messaging counts what secure messaging and the reading of files allocate for
// one portrait.
func messaging(ctx context.Context, o options, r *figure.Report) error {
	o.say("allocations of secure messaging…")
	for _, c := range []struct {
		suite keys.Suite
		short bool
	}{{keys.AES128, false}, {keys.TDES, false}, {keys.AES128, true}, {keys.TDES, true}} {
		length := "extended length"
		if c.short {
			length = "short APDUs"
		}
		one, err := fetch(ctx, c.suite, c.short, portraitFile)
		if err != nil {
			return err
		}
		two, err := fetch(ctx, c.suite, c.short, 2*portraitFile)
		if err != nil {
			return err
		}
		r.Add(fmt.Sprintf("allocations for an APDU, 15 KB under %v, %s", c.suite, length), one.each(), "", 0,
			"%d allocations of together %d bytes in %d APDUs, by secure messaging and lds.Reader; the answers as they come from the card reader are not counted", one.count, one.size, one.apdus)
		r.AddAtMost(fmt.Sprintf("allocations for an APDU, twice as long a file, against that, %v, %s", c.suite, length), two.each()/one.each(), "×", 1.1,
			"%d allocations in %d APDUs: they grow with the APDUs alone", two.count, two.apdus)
		r.AddAtMost(fmt.Sprintf("copies of the whole file, %v, %s", c.suite, length), float64(one.whole), "", 1,
			"allocations of at least the file's size; in extended length the card reader's answer is the one copy")
	}
	return nil
}

// memory is what reading one file allocated.
type memory struct {
	apdus       int
	count, size uint64
	whole       uint64 // allocations that could hold the file
}

func (m memory) each() float64 { return float64(m.count) / float64(m.apdus) }

// fetch reads a file of so many bytes under secure messaging from a tape.
func fetch(ctx context.Context, suite keys.Suite, short bool, size int) (memory, error) {
	const header = 4
	file := tlv.Append(nil, 0x75, make([]byte, size-header))
	enc, mac := keys.Derive(suite, []byte("bench"), keys.Enc), keys.Derive(suite, []byte("bench"), keys.Mac)
	read := func(t apdu.Transmitter, ours *sm.Session) ([]byte, error) {
		return lds.NewReader(&sm.Channel{Transmitter: t, Session: ours}, lds.Options{ShortOnly: short}).Read(ctx, lds.DG(2))
	}
	theirs, err1 := sm.New(suite, enc, mac, nil)
	ours, err2 := sm.New(suite, enc, mac, nil)
	if err := errors.Join(err1, err2); err != nil {
		return memory{}, err
	}
	rec := &recorder{chip: &fileChip{session: theirs, file: file, short: short}}
	if b, err := read(rec, ours); err != nil || !bytes.Equal(b, file) {
		return memory{}, fmt.Errorf("a file of %d bytes came as %d: %w", len(file), len(b), err)
	}
	// A second reading on the tape, with all that it needs made before.
	p := rec.tape.play()
	ours, err := sm.New(suite, enc, mac, nil)
	if err != nil {
		return memory{}, err
	}
	m, err := allocated(uint32(len(file)), func() error { _, err := read(p, ours); return err })
	m.apdus = len(rec.tape.said)
	return m, errors.Join(err, p.ended())
}

// allocated counts what one call allocates.
func allocated(large uint32, f func() error) (memory, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	m := memory{count: after.Mallocs - before.Mallocs, size: after.TotalAlloc - before.TotalAlloc}
	for i, class := range after.BySize {
		if class.Size >= large {
			m.whole += class.Mallocs - before.BySize[i].Mallocs
		}
	}
	return m, err
}
