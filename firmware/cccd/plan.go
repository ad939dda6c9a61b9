package cccd

import (
	"errors"
	"maps"
	"slices"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/sm"
)

// run reads the chip in the order that serves the citizen: the names first, so
// that they are shown while the rest is read; what they are worth; the portrait
// last, because it is long.
func (r *reading) run() error {
	for _, part := range []struct {
		stage Stage
		do    func() error
	}{
		{Opening, r.open},
		{Names, r.names},
		{Security, r.security},
		{Proving, r.prove},
		{Photo, r.photo},
		{Checking, r.finish},
	} {
		r.enter(part.stage)
		if err := part.do(); err != nil {
			return err
		}
	}
	return r.failed
}

// names reads DG1 and DG13. What they say is told at once and judged later: a
// changed file that does not parse has been changed in the first place, which
// is the graver thing to say.
func (r *reading) names() error {
	dg1, err := r.file(lds.DG(1), nil)
	if err != nil {
		return err
	}
	r.held = map[int][]byte{1: dg1}
	dg13, err := r.optional(lds.DG(13), nil)
	if err != nil {
		return err
	}
	if dg13 != nil {
		r.held[13] = dg13
	}
	r.person, r.malformed = r.parse(dg1, dg13)
	if q := r.access.QR; r.malformed != nil || q != nil && q.Number != r.person.Number {
		r.unclear = true // not a name to show to anybody
	}
	return nil
}

// finish is what is left once the portrait is there.
func (r *reading) finish() error {
	if r.pending {
		// No file was left to read under the keys of Chip Authentication.
		b, err := r.file(lds.DG(1), nil)
		clear(b)
		if err != nil {
			return err
		}
	}
	if r.options.Thorough {
		if err := r.others(); err != nil {
			return err
		}
	}
	r.picture()
	return nil
}

// others reads what a kiosk has no use for: all groups that the signed data
// list, or EF.COM where there are none; it is not signed and says no more.
// Fingerprints (DG3) and irises (DG4) are never asked for: they are closed to
// us, and none of our business.
func (r *reading) others() error {
	listed, err := r.listed()
	if err != nil {
		return err
	}
	slices.Sort(listed)
	for _, n := range listed {
		if n == 3 || n == 4 || r.report.has(lds.DG(n).String()) {
			continue
		}
		b, err := r.group(n)
		clear(b)
		if err != nil {
			return err
		}
	}
	return nil
}

// listed are the data groups that the chip is said to hold.
func (r *reading) listed() ([]int, error) {
	if r.sod != nil {
		return slices.Collect(maps.Keys(r.sod.Hashes)), nil
	}
	com, err := r.optional(lds.COM, nil)
	if err != nil || com == nil {
		return nil, err
	}
	inventory, err := lds.ParseCOM(com)
	if err != nil {
		r.reason("EF.COM: %v", err)
		return nil, nil
	}
	return inventory.Groups, nil
}

// file reads a whole file, hashing it into h on the way if there is one, and
// settles on the way what the answer proves: the first answer under the keys of
// Chip Authentication, and the first one to an extended command.
func (r *reading) file(f lds.File, h hasher) ([]byte, error) {
	for {
		w := sink(h)
		b, err := r.reader.ReadTo(r.ctx, f, w)
		if r.wire.err != nil {
			return nil, r.wire.err
		}
		if r.pending {
			again, bad := r.settle(err)
			if bad != nil {
				return nil, bad
			}
			if again {
				continue
			}
		}
		if sm.Broken(err) && r.tooLong() {
			if err := r.open(); err != nil {
				return nil, err
			}
			continue
		}
		r.report.Extended = r.reader.Extended() && r.reader.Proven()
		if err == nil {
			r.add(f, len(b))
			r.whole = true
		}
		return b, err
	}
}

// tooLong tells whether an extended command, the first one, may be what a chip
// or a card reader answered by ending secure messaging. From then on it gets
// short ones. Once a file was read, a session that ends is the chip's fault: it
// is not opened anew, because it may be another chip by then.
func (r *reading) tooLong() bool {
	if r.reader.Proven() || r.shortOnly || r.whole {
		return false
	}
	r.reader = nil
	r.shortOnly = true
	return true
}

// optional reads a file that a card may lack or withhold; nil says that it does.
func (r *reading) optional(f lds.File, h hasher) ([]byte, error) {
	b, err := r.file(f, h)
	switch {
	case errors.Is(err, lds.ErrNotFound):
		return nil, nil
	case errors.Is(err, lds.ErrDenied):
		r.reason("the chip does not let %v be read", f)
		return nil, nil
	}
	return b, err
}

// group reads a data group that the chip may lack, and holds it against its
// hash.
func (r *reading) group(n int) ([]byte, error) {
	if r.sod == nil {
		return r.optional(lds.DG(n), nil)
	}
	h := r.sod.Hash.New()
	b, err := r.optional(lds.DG(n), h)
	if err != nil || b == nil {
		return nil, err
	}
	if err := r.compare(map[int][]byte{n: h.Sum(nil)}); err != nil {
		clear(b)
		return nil, err
	}
	return b, nil
}

// arrived passes on how much of the portrait is there.
func (r *reading) arrived(f lds.File, done, total int) {
	if f == lds.DG(2) && r.stage == Photo {
		r.tell(done, total)
	}
}
