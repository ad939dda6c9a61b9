// Package radio is a model of the air between a contactless reader and a chip,
// and of the time that the two need themselves: ISO/IEC 14443-4 over type A.
// With it the speed of a reading is measured without a card, the same on every
// machine, because nothing sleeps: a virtual clock adds up.
//
// It is a model and says so in its figures: it knows bytes, frames, bit rates
// and the chip's work, not field strength, collisions or repeated frames. The
// same model can sleep for real behind a simulated card, so that the wait at a
// development kiosk is believable.
package radio

import (
	"fmt"
	"time"
)

// carrier is the frequency of the field in hertz; bit rates divide it.
const carrier = 13_560_000

// Frame overhead of ISO/IEC 14443-4: one byte of prologue (PCB; no CID, no
// NAD) and two of CRC. A receipt (R-block) is nothing else.
const frameOverhead = 3

// Model says how long things take. It is plain data.
type Model struct {
	// BitRate in kbit/s, as people name it: 106, 212, 424 or 848, the same in
	// both directions. What is on air is 13.56 MHz / 128 and its doubles.
	BitRate int
	// FSD and FSC are the longest frames that reader and chip receive, in bytes.
	FSD, FSC int
	// BitsPerByte on air: eight and one of parity.
	BitsPerByte int
	// Turn passes between two frames: frame delay times and the frames' own
	// start and end.
	Turn time.Duration
	// Chip and ChipPerByte are what the chip needs for a command, and for each
	// byte of it and of its answer.
	Chip, ChipPerByte time.Duration
	// Host is what reader, driver and operating system add to a command.
	Host time.Duration
	// Work is the chip's cryptography: what a command with this instruction
	// takes beside Chip.
	Work map[byte]time.Duration
}

// Type gives the usual model at a bit rate: frames of 256 bytes, a chip that
// needs 4 ms and 7.5 µs a byte, and a host that needs 2 ms a command.
func Type(kbit int) Model {
	return Model{
		BitRate: kbit, FSD: 256, FSC: 256, BitsPerByte: 9,
		Turn: 100 * time.Microsecond,
		Chip: 4 * time.Millisecond, ChipPerByte: 7500 * time.Nanosecond,
		Host: 2 * time.Millisecond,
	}
}

// Check refuses a model that would divide by zero or run backwards.
func (m Model) Check() error {
	switch {
	case m.BitRate != 106 && m.BitRate != 212 && m.BitRate != 424 && m.BitRate != 848:
		return fmt.Errorf("radio: bit rate %d: 106, 212, 424 or 848 kbit/s", m.BitRate)
	case m.FSD <= frameOverhead || m.FSC <= frameOverhead:
		return fmt.Errorf("radio: frames of %d and %d bytes hold nothing", m.FSD, m.FSC)
	case m.BitsPerByte < 8:
		return fmt.Errorf("radio: %d bits a byte", m.BitsPerByte)
	case m.Turn < 0 || m.Chip < 0 || m.ChipPerByte < 0 || m.Host < 0:
		return fmt.Errorf("radio: negative time")
	}
	for ins, d := range m.Work {
		if d < 0 {
			return fmt.Errorf("radio: negative time for INS %02X", ins)
		}
	}
	return nil
}

// Bytes is the time that so many bytes alone need on air: the limit that no
// protocol can pass.
func (m Model) Bytes(n int) time.Duration {
	rate := carrier / 128 * float64(m.BitRate/106)
	return time.Duration(float64(n*m.BitsPerByte) / rate * float64(time.Second))
}

// Cost is one command with its answer, by length, and by instruction for the
// chip's work. A negative instruction does no work.
func (m Model) Cost(ins, command, answer int) Report {
	there, frames := m.frames(command, m.FSC)
	back, more := m.frames(answer, m.FSD)
	frames += more
	r := Report{
		APDUs: 1, Sent: command, Received: answer, Frames: frames,
		Bytes: m.Bytes(command + answer),
		Air:   m.Bytes(there+back) + time.Duration(frames)*m.Turn,
		Chip:  m.Chip + time.Duration(command+answer)*m.ChipPerByte,
		Host:  m.Host,
	}
	if ins >= 0 {
		r.Work = m.Work[byte(ins)]
	}
	return r
}

// frames gives the bytes on air and the number of frames of one message, with
// the receipts that the other side sends for all frames but the last.
func (m Model) frames(n, largest int) (bytes, frames int) {
	blocks := max(1, (n+largest-frameOverhead-1)/(largest-frameOverhead))
	frames = 2*blocks - 1
	return n + frames*frameOverhead, frames
}

// Report adds up what passed.
type Report struct {
	APDUs    int
	Sent     int // bytes of commands
	Received int // bytes of answers
	Frames   int // in both directions, receipts among them

	Bytes time.Duration // the bytes of all APDUs alone: part of Air
	Air   time.Duration // frames and turns
	Chip  time.Duration // the chip's handling of commands and bytes
	Work  time.Duration // the chip's cryptography
	Host  time.Duration
}

// Total is all time but Bytes, which is in Air.
func (r Report) Total() time.Duration { return r.Air + r.Chip + r.Work + r.Host }

// Add gives the sum of two reports.
func (r Report) Add(o Report) Report {
	return Report{
		APDUs: r.APDUs + o.APDUs, Sent: r.Sent + o.Sent, Received: r.Received + o.Received, Frames: r.Frames + o.Frames,
		Bytes: r.Bytes + o.Bytes, Air: r.Air + o.Air, Chip: r.Chip + o.Chip, Work: r.Work + o.Work, Host: r.Host + o.Host,
	}
}

// Sub gives what came after an earlier report.
func (r Report) Sub(o Report) Report {
	return Report{
		APDUs: r.APDUs - o.APDUs, Sent: r.Sent - o.Sent, Received: r.Received - o.Received, Frames: r.Frames - o.Frames,
		Bytes: r.Bytes - o.Bytes, Air: r.Air - o.Air, Chip: r.Chip - o.Chip, Work: r.Work - o.Work, Host: r.Host - o.Host,
	}
}

func (r Report) String() string {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	return fmt.Sprintf("%d APDUs, %d + %d bytes in %d frames: air %s (bytes alone %s), chip %s + %s, host %s, together %s",
		r.APDUs, r.Sent, r.Received, r.Frames, ms(r.Air), ms(r.Bytes), ms(r.Chip), ms(r.Work), ms(r.Host), ms(r.Total()))
}
