package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"tram06/devdock/people"
	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/trust"
)

// portraitFile is the size of DG2 in every figure.
const portraitFile = 15 << 10

// Numbers of groups in Doc 9303-11, table 9: NIST P-256, and brainpoolP256r1,
// which Vietnamese cards have.
const (
	p256         = 12
	brainpool256 = 13
)

// today is when the simulated cards are read.
var today = time.Date(2026, 1, 2, 8, 0, 0, 0, time.UTC)

// kind is one way in which a card can be read.
type kind struct {
	bac    bool // else PACE
	short  bool // the chip knows no extended length
	proofs bool // Chip and Active Authentication are there and asked for
	other  bool // PACE is not the one that Vietnamese cards are known to have
}

func (k kind) String() string {
	s := "PACE"
	if k.bac {
		s = "BAC"
	}
	if k.other {
		s += " over P-256"
	}
	if k.proofs {
		s += ", CA and AA"
	}
	if k.short {
		return s + ", short APDUs"
	}
	return s + ", extended length"
}

// deck makes the cards of one run, all of one authority.
type deck struct {
	authority *chipsim.Authority
	store     *trust.Store
	content   chipsim.Content
	who       people.Citizen
	rand      io.Reader
}

func newDeck(store func(*chipsim.Authority) (*trust.Store, error)) (*deck, error) {
	d := &deck{rand: seeded(1)}
	var err error
	if d.authority, err = chipsim.NewAuthority(d.rand, today); err != nil {
		return nil, err
	}
	if d.store, err = store(d.authority); err != nil {
		return nil, err
	}
	d.who = people.All()[0]
	mrz, err := d.who.MRZ()
	if err != nil {
		return nil, err
	}
	photo, err := d.who.Portrait()
	if err != nil {
		return nil, err
	}
	d.content = chipsim.Content{
		MRZ: mrz, Portrait: photo, Width: 480, Height: 640, Infos: cccd.BuiltinCardAccess(),
		More: map[int][]byte{13: cccd.EncodeDG13(d.who.Card)},
	}
	files, err := chipsim.Build(d.content, chipsim.PrivateKeys{}, d.authority, d.rand)
	if err != nil {
		return nil, err
	}
	d.content.Portrait, err = lengthen(photo, portraitFile-len(files[chipsim.DG(2)]))
	return d, err
}

// seeded is randomness that can be had again.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// lengthen puts comments into a JPEG, behind its first marker.
func lengthen(jpeg []byte, by int) ([]byte, error) {
	const header = 4 // marker and length, which counts itself
	if !bytes.HasPrefix(jpeg, []byte{0xFF, 0xD8}) || by < header || by > 0xFFFF {
		return nil, fmt.Errorf("cannot make a portrait of %d bytes %d bytes longer", len(jpeg), by)
	}
	comment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xFE}, uint16(by-2))
	comment = append(comment, make([]byte, by-header)...)
	out := append([]byte{0xFF, 0xD8}, comment...)
	return append(out, jpeg[2:]...), nil
}

// chip makes a card of this kind.
func (d *deck) chip(k kind) (*chipsim.Chip, error) {
	var keys chipsim.PrivateKeys
	var err error
	if k.proofs {
		if keys, err = chipsim.NewPrivateKeys(d.rand); err != nil {
			return nil, err
		}
	}
	content := d.content
	if k.other {
		g, err := group.ByID(p256)
		if err != nil {
			return nil, err
		}
		content.Infos = cardAccess(g, pace.Generic)
	}
	files, err := chipsim.Build(content, keys, d.authority, d.rand)
	if err != nil {
		return nil, err
	}
	if n := len(files[chipsim.DG(2)]); n != portraitFile {
		return nil, fmt.Errorf("DG2 of %d bytes, want %d", n, portraitFile)
	}
	p := chipsim.Personality{
		CAN: d.who.CAN(), MRZ: d.content.MRZ, CardAccess: content.Infos, Closed: []int{3}, Keys: keys,
		WithoutExtended: k.short,
	}
	if k.bac {
		p.CardAccess = nil
	}
	return chipsim.New(p, files, d.rand)
}

// read reads a chip of this kind over any wire. The host's randomness is the
// same each time.
func (d *deck) read(ctx context.Context, k kind, t apdu.Transmitter, now func() time.Time, progress func(cccd.Step)) (cccd.Report, error) {
	mrz := d.content.MRZ
	access := cccd.Access{CAN: d.who.CAN()}
	if k.bac {
		access = cccd.Access{MRZ: mrz[5:15] + mrz[30:37] + mrz[38:45]}
	}
	got, err := cccd.Read(ctx, t, access, cccd.Options{
		Rand: seeded(2), Now: now, Trust: d.store, AllProofs: k.proofs, BACFirst: k.bac, Progress: progress,
	})
	if err != nil {
		return got.Report, fmt.Errorf("%v: %w", k, err)
	}
	r := got.Report
	if r.Hashes != cccd.OK || r.Signature != cccd.OK || r.Chain != cccd.Trusted {
		return r, fmt.Errorf("%v: hashes %s, signature %s, chain %s: what is measured is not the whole reading", k, r.Hashes, r.Signature, r.Chain)
	}
	if k.proofs && (r.Chip != cccd.Genuine || len(r.ChipBy) < 2) {
		return r, fmt.Errorf("%v: chip %s by %q", k, r.Chip, r.ChipBy)
	}
	if r.Extended == k.short {
		return r, fmt.Errorf("%v: extended length in use: %v", k, r.Extended)
	}
	return r, nil
}

// wire is the chip as a transmitter, without any air.
type wire struct{ chip *chipsim.Chip }

// Transmit implements apdu.Transmitter.
func (w wire) Transmit(_ context.Context, cmd []byte) ([]byte, error) {
	return w.chip.Transmit(cmd), nil
}
