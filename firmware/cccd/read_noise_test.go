package cccd_test

import (
	"bytes"
	"context"
	"testing"

	"tram06/firmware/cccd"
)

// TestNoiseNeverPanics turns each answer of a reading into something else.
func TestNoiseNeverPanics(t *testing.T) {
	c := citizen(t, "mau")
	access := scan(t, c)
	whole := lay(t, c, nil)
	if _, err := cccd.Read(t.Context(), whole, access, options()); err != nil {
		t.Fatal(err)
	}
	bad := map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"one byte":  func([]byte) []byte { return []byte{0x90} },
		"only 9000": func([]byte) []byte { return []byte{0x90, 0x00} },
		"6F00":      func([]byte) []byte { return []byte{0x6F, 0x00} },
		"cut":       func(b []byte) []byte { return append(bytes.Clone(b[:len(b)/2]), 0x90, 0) },
		"flipped":   func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 0x10; return b },
		"doubled":   func(b []byte) []byte { return append(bytes.Clone(b[:len(b)-2]), b...) },
	}
	for name, spoil := range bad {
		for n := range whole.count {
			whole.chip.Reset()
			f := &field{chip: whole.chip, tear: -1}
			s := &spoiler{field: f, at: n, spoil: spoil}
			got, err := cccd.Read(t.Context(), s, access, options())
			// The chip may be read in spite of it (by BAC, or by another way
			// to the same file); then all must be true.
			if err == nil && (got.Person.Number != c.Card.Number || got.Person.Name != c.Card.Name && got.Person.Name != "NGUYEN VAN MAU") {
				t.Errorf("%s at %d: read as somebody else", name, n)
			}
		}
	}
}

type spoiler struct {
	*field
	at    int
	spoil func([]byte) []byte
}

func (s *spoiler) Transmit(ctx context.Context, cmd []byte) ([]byte, error) {
	n := s.count
	b, err := s.field.Transmit(ctx, cmd)
	if n == s.at {
		b = s.spoil(b)
	}
	return b, err
}
