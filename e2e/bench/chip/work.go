package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"tram06/firmware/emrtd/activeauth"
	"tram06/firmware/emrtd/apdu"
	"tram06/firmware/emrtd/chipauth"
	"tram06/firmware/emrtd/chipsim"
	"tram06/firmware/emrtd/chipsim/group"
	"tram06/firmware/emrtd/keys"
	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/pace"
	"tram06/firmware/emrtd/secinfo"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/emrtd/tlv"
)

// Work is the host's processor time for the protocols over one group, in
// milliseconds. A protocol that does not exist over it is null.
type Work struct {
	Group string   `json:"group"`
	GM    *float64 `json:"pace_gm_ms"`
	IM    *float64 `json:"pace_im_ms"`
	CAM   *float64 `json:"pace_cam_ms"`
	CA    *float64 `json:"chip_authentication_ms"`
	AA    *float64 `json:"active_authentication_ms"`
}

// spent is the host's time in the parts of one run.
type spent struct{ pace, ca, aa time.Duration }

// work measures every group with every mapping.
func work(ctx context.Context, o options) ([]Work, error) {
	var out []Work
	for _, id := range group.IDs() {
		g, err := group.ByID(id)
		if err != nil {
			return nil, err
		}
		o.say("protocols over %s…", g.Name)
		w := Work{Group: g.Name}
		mappings := map[string]**float64{pace.Generic: &w.GM, pace.Integrated: &w.IM, pace.ChipAuthentication: &w.CAM}
		if !g.IsCurve() {
			delete(mappings, pace.ChipAuthentication)
		}
		for mapping, to := range mappings {
			// Integrated mapping has no way onto a curve whose prime is not
			// 3 modulo 4.
			if infos, err := pace.ParseCardAccess(cardAccess(g, mapping)); err != nil || !infos[0].Supported() {
				continue
			}
			took, err := protocols(ctx, g, mapping, 0, o.runs)
			if err != nil {
				return nil, fmt.Errorf("%s over %s: %w", mapping, g.Name, err)
			}
			*to = new(ms(took.pace))
			if mapping != pace.Generic {
				continue
			}
			w.CA = new(ms(took.ca))
			if g.IsCurve() {
				w.AA = new(ms(took.aa))
			}
		}
		out = append(out, w)
	}
	known, err := group.ByID(brainpool256)
	if err != nil {
		return nil, err
	}
	for _, bits := range []int{1024, 2048} {
		o.say("Active Authentication with RSA of %d bits…", bits)
		took, err := protocols(ctx, known, pace.Generic, bits, o.runs)
		if err != nil {
			return nil, fmt.Errorf("RSA of %d bits: %w", bits, err)
		}
		out = append(out, Work{Group: fmt.Sprintf("RSA %d", bits), AA: new(ms(took.aa))})
	}
	return out, nil
}

// cardAccess offers one variant of PACE, with AES-128.
func cardAccess(g *group.Group, mapping string) []byte {
	number := map[string]byte{pace.Generic: 1, pace.Integrated: 3}[mapping] // with DH
	if g.IsCurve() {
		number = map[string]byte{pace.Generic: 2, pace.Integrated: 4, pace.ChipAuthentication: 6}[mapping]
	}
	const aes128 = 2
	oid := []byte{0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, number, aes128}
	return tlv.Append(nil, 0x31, tlv.Append(nil, 0x30,
		tlv.Append(nil, 0x06, oid), tlv.Append(nil, 0x02, []byte{2}), tlv.Append(nil, 0x02, []byte{byte(g.ID)})))
}

// protocols runs PACE, Chip Authentication and Active Authentication over one
// group, and gives the mean of the host's time in each. With a length for RSA,
// that is the kind of the key of Active Authentication.
func protocols(ctx context.Context, g *group.Group, mapping string, bits, runs int) (spent, error) {
	d, err := newDeck(trusting)
	if err != nil {
		return spent{}, err
	}
	d.content.Infos = cardAccess(g, mapping)
	var own chipsim.PrivateKeys
	key := func() (chipsim.CAKey, error) {
		x, err := g.Draw(d.rand)
		return chipsim.CAKey{GroupID: g.ID, Ciphers: []keys.Suite{keys.AES128}, X: x}, err
	}
	ca, err := key()
	if err != nil {
		return spent{}, err
	}
	own.CA = []chipsim.CAKey{ca}
	if mapping == pace.ChipAuthentication {
		own.CAM = own.CA
	}
	if bits > 0 {
		aa, err := rsa.GenerateKey(d.rand, bits)
		if err != nil {
			return spent{}, err
		}
		own.AA = &chipsim.AAKey{RSA: aa, Hash: crypto.SHA256}
	} else if g.IsCurve() {
		aa, err := chipsim.NewECKey(d.rand, g.ID)
		if err != nil {
			return spent{}, err
		}
		own.AA = &chipsim.AAKey{EC: aa, Hash: crypto.SHA256}
	}
	files, err := chipsim.Build(d.content, own, d.authority, d.rand)
	if err != nil {
		return spent{}, err
	}
	chip, err := chipsim.New(chipsim.Personality{CAN: d.who.CAN(), MRZ: d.content.MRZ, CardAccess: d.content.Infos, Keys: own}, files, d.rand)
	if err != nil {
		return spent{}, err
	}
	rec := &recorder{chip: wire{chip}}
	if _, err := once(ctx, rec, d.content.Infos, d.who.CAN()); err != nil {
		return spent{}, err
	}
	var sum spent
	for range runs {
		p := rec.tape.play()
		took, err := once(ctx, p, d.content.Infos, d.who.CAN())
		if err := errors.Join(err, p.ended()); err != nil {
			return spent{}, err
		}
		sum.pace += took.pace
		sum.ca += took.ca
		sum.aa += took.aa
	}
	n := time.Duration(runs)
	return spent{sum.pace / n, sum.ca / n, sum.aa / n}, nil
}

// once is one run, with the host's randomness the same each time.
func once(ctx context.Context, t apdu.Transmitter, access []byte, can string) (took spent, err error) {
	random := seeded(3)
	timed := func(d *time.Duration, f func() error) error {
		began, err := processTime()
		if err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
		ended, err := processTime()
		*d = ended - began
		return err
	}
	infos, err := pace.ParseCardAccess(access)
	if err != nil {
		return took, err
	}
	info, err := pace.Choose(infos)
	if err != nil {
		return took, err
	}
	pw, err := pace.CAN(can)
	if err != nil {
		return took, err
	}
	var open pace.Result
	if err := timed(&took.pace, func() (err error) {
		open, err = pace.Run(ctx, apdu.Plain{Transmitter: t}, info, pw, random)
		return err
	}); err != nil {
		return took, err
	}
	channel := &sm.Channel{Transmitter: t, Session: open.Session}
	if err := lds.Select(ctx, channel); err != nil {
		return took, err
	}
	reader := lds.NewReader(channel, lds.Options{})
	dg14, err := reader.Read(ctx, lds.DG(14))
	if err != nil {
		return took, err
	}
	offered, err := chipauth.ParseDG14(dg14)
	if err != nil {
		return took, err
	}
	choice, err := offered.Choose()
	if err != nil {
		return took, err
	}
	choice.Extended = reader.Extended() && reader.Proven()
	if err := timed(&took.ca, func() error { return chipauth.Restart(ctx, channel, choice, random) }); err != nil {
		return took, err
	}
	dg15, err := reader.Read(ctx, lds.DG(15))
	if errors.Is(err, lds.ErrNotFound) {
		return took, nil
	}
	if err != nil {
		return took, err
	}
	public, err := activeauth.ParseDG15(dg15)
	if err != nil {
		return took, err
	}
	n, err := tlv.ParseOne(dg14, 0x6E)
	if err != nil {
		return took, err
	}
	entries, err := secinfo.Parse(n.Value)
	if err != nil {
		return took, err
	}
	return took, timed(&took.aa, func() error {
		return activeauth.Authenticate(ctx, channel, public, activeauth.FindHint(entries), random)
	})
}
