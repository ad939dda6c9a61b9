package pn532

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/bits"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi/spitest"

	"tram06/hal"
)

// dialogue is a command frame as it is on the wire, the answer's frame, and how
// many bytes the driver reads for it.
type dialogue struct {
	out, in string
	size    int
}

const acknowledged = "00 00 FF 00 FF 00"

// One card taken, one command, the card released: every byte, as the manual
// has them.
var (
	opening = []dialogue{
		{"00 00 FF 05 FB D4 14 01 14 01 02 00", "00 00 FF 02 FE D5 15 16 00", 27},
		{"00 00 FF 02 FE D4 02 2A 00", "00 00 FF 06 FA D5 03 32 01 06 07 E8 00", 16},
		{"00 00 FF 03 FD D4 12 14 06 00", "00 00 FF 02 FE D5 13 18 00", 27},
		{"00 00 FF 06 FA D4 32 02 00 0B 10 DD 00", "00 00 FF 02 FE D5 33 F8 00", 27},
		{"00 00 FF 04 FC D4 32 04 02 F4 00", "00 00 FF 02 FE D5 33 F8 00", 27},
		{"00 00 FF 06 FA D4 32 05 02 01 02 F0 00", "00 00 FF 02 FE D5 33 F8 00", 27},
		fieldOff,
		{"00 00 FF 04 FC D4 4A 02 00 E0 00", "00 00 FF 11 EF D5 4B 01 01 00 04 20 04 08 11 22 33 05 78 80 70 02 D9 00", 275},
		fieldOff,
		{"00 00 FF 04 FC D4 4A 01 00 E1 00", "00 00 FF 11 EF D5 4B 01 01 00 04 20 04 08 11 22 33 05 78 80 70 02 D9 00", 275},
	}
	reading = []dialogue{
		{"00 00 FF 03 FD D4 00 06 26 00", "00 00 FF 03 FD D5 01 00 2A 00", 27},
		{"00 00 FF 0A F6 D4 40 01 00 A4 02 0C 02 01 1C 1A 00", "00 00 FF 05 FB D5 41 00 90 00 5A 00", 275},
		{"00 00 FF 03 FD D4 52 01 D9 00", "00 00 FF 03 FD D5 53 00 D8 00", 27},
	}
	fieldOff = dialogue{"00 00 FF 04 FC D4 32 01 00 F9 00", "00 00 FF 02 FE D5 33 F8 00", 27}
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// script is a whole visit, and the goodbye of Close.
func script() []dialogue {
	var all []dialogue
	all = append(all, opening...)
	all = append(all, reading...)
	return append(all, fieldOff, fieldOff)
}

// visit does what the script says.
func visit(t *testing.T, r *Reader) {
	t.Helper()
	if r.Identity().Firmware != "1.6" || !r.Present() {
		t.Fatal(r.Identity().Firmware, r.Present())
	}
	k, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex("3B 80 80 01 01"); !bytes.Equal(k.ATR(), want) {
		t.Errorf("ATR % X", k.ATR())
	}
	b, err := k.Transmit(t.Context(), unhex("00 A4 02 0C 02 01 1C"))
	if err != nil || !bytes.Equal(b, []byte{0x90, 0x00}) {
		t.Fatalf("% X, %v", b, err)
	}
	if err := k.Release(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// quiet has the driver not look for cards by itself in the middle of a script.
var quiet = Options{Poll: time.Hour}

// over is the script on I²C: a status byte, and the message behind it.
func over() *i2ctest.Playback {
	p := &i2ctest.Playback{DontPanic: true}
	add := func(w, r []byte) { p.Ops = append(p.Ops, i2ctest.IO{Addr: 0x24, W: w, R: r}) }
	message := func(s string, size int) {
		add(nil, []byte{1})
		b := make([]byte, 1+size)
		b[0] = 1
		copy(b[1:], unhex(s))
		add(nil, b)
	}
	add(nil, []byte{0})           // woken
	add(unhex(acknowledged), nil) // whatever was under way ends
	for _, d := range script() {
		add(unhex(d.out), nil)
		message(acknowledged, 10)
		add(nil, []byte{0}) // not ready at once
		message(d.in, d.size)
	}
	return p
}

func TestTrafficOnI2C(t *testing.T) {
	p := over()
	r, err := OpenI2C(t.Context(), p, "pn532+i2c:///I2C1", quiet)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, r)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// A bus that ends the script early is a bus that fails: at whatever step.
func TestTrafficBreaksOff(t *testing.T) {
	whole := len(over().Ops)
	for n := 1; n < whole; n += 3 {
		p := over()
		p.Ops = p.Ops[:n]
		r, err := OpenI2C(t.Context(), p, "pn532+i2c:///I2C1", quiet)
		if err == nil {
			var k hal.Card
			if k, err = r.Wait(t.Context()); err == nil {
				if _, err = k.Transmit(t.Context(), unhex("00 A4 02 0C 02 01 1C")); err == nil {
					err = errors.Join(k.Release(), hal.ErrGone)
				}
			}
			_ = r.Close()
		}
		if !errors.Is(err, hal.ErrGone) {
			t.Errorf("after %d transfers: %v", n, err)
		}
	}
}

func TestTrafficOnSPI(t *testing.T) {
	p := &spitest.Playback{Playback: conntest.Playback{DontPanic: true}}
	add := func(w, r []byte) {
		for _, b := range [][]byte{w, r} {
			for i := range b {
				b[i] = bits.Reverse8(b[i])
			}
		}
		p.Ops = append(p.Ops, conntest.IO{W: w, R: r})
	}
	send := func(s string) {
		w := append([]byte{0x01}, unhex(s)...)
		add(w, make([]byte, len(w)))
	}
	message := func(s string, size int) {
		add([]byte{0x02, 0}, []byte{0, 1})
		w, r := make([]byte, 1+size), make([]byte, 1+size)
		w[0] = 0x03
		copy(r[1:], unhex(s))
		add(w, r)
	}
	add([]byte{0x02, 0}, []byte{0, 0})
	send(acknowledged)
	for _, d := range script() {
		send(d.out)
		message(acknowledged, 10)
		add([]byte{0x02, 0}, []byte{0, 0})
		message(d.in, d.size)
	}
	r, err := OpenSPI(t.Context(), p, physic.MegaHertz, "pn532+spi:///SPI0.0", quiet)
	if err != nil {
		t.Fatal(err)
	}
	visit(t, r)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
