package cccd

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"tram06/firmware/emrtd/lds"
	"tram06/firmware/emrtd/passive"
	"tram06/firmware/emrtd/sm"
	"tram06/firmware/person"
)

// maxPixels bounds what a stranger's card can make us decode.
const maxPixels = 4 << 20

// run reads the chip in the order that serves the citizen: the names first,
// the portrait last.
func (r *reading) run() error {
	r.enter(Opening)
	if err := r.open(); err != nil {
		return err
	}
	r.enter(Names)
	if err := r.names(); err != nil {
		return err
	}
	r.enter(Photo)
	dg2, err := r.optional(lds.DG(2))
	if err != nil {
		return err
	}
	r.enter(Checking)
	return r.check(dg2)
}

// files are what was read so far.
type files struct {
	reader *lds.Reader
	sod    *passive.SOD // nil if the chip has none
}

// names reads DG1 and DG13 and holds them against the SOD.
func (r *reading) names() error {
	dg1, err := r.first()
	if err != nil {
		return err
	}
	defer clear(dg1) // what is needed of it are strings by then
	groups := map[int][]byte{1: dg1}
	dg13, err := r.optional(lds.DG(13))
	if err != nil {
		return err
	}
	if dg13 != nil {
		defer clear(dg13)
		groups[13] = dg13
	}
	// Hashes come before parsing: a changed file that no longer parses has
	// been changed, which is the graver thing to say.
	if err := r.security(groups); err != nil {
		return err
	}
	mrz, err := lds.ParseDG1(dg1)
	if err != nil {
		return err
	}
	r.person = fromMRZ(mrz, r.began)
	if dg13 != nil {
		d, err := ParseDG13(dg13)
		if err != nil {
			return err
		}
		if err := r.merge(d); err != nil {
			return err
		}
	}
	if q := r.access.QR; q != nil && q.Number != r.person.Number {
		return fmt.Errorf("%w: QR and chip", ErrDiffers)
	}
	r.prove()
	return nil
}

// security reads the SOD and checks its signature. A card without one has its
// proofs not made; one with an algorithm that is not known here, unknown.
func (r *reading) security(groups map[int][]byte) error {
	b, err := r.optional(lds.SOD)
	if err != nil || b == nil {
		return err
	}
	sod, err := passive.ParseSOD(b)
	if errors.Is(err, passive.ErrUnsupported) {
		r.report.Hashes, r.report.Signature = Unknown, Unknown
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	r.files.sod = sod
	if err := r.hashes(groups); err != nil {
		return err
	}
	switch err := sod.VerifySignature(); {
	case err == nil:
		r.report.Signature = OK
	case errors.Is(err, passive.ErrUnsupported):
		r.report.Signature = Unknown
	default:
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}

// hashes checks files against the SOD, if there is one.
func (r *reading) hashes(groups map[int][]byte) error {
	if r.files.sod == nil {
		return nil
	}
	if err := r.files.sod.VerifyHashes(groups); err != nil {
		return fmt.Errorf("%w: %w", ErrHash, err)
	}
	r.report.Hashes = OK
	return nil
}

// prove writes down how sure we are of the person.
func (r *reading) prove() {
	r.person.Proofs = r.report.Proofs()
	r.person.Assurance = r.person.Proofs.Assess()
}

// first reads DG1. The first protected read tries extended length; a chip, or
// a reader, that answers this by ending secure messaging is opened once more.
func (r *reading) first() ([]byte, error) {
	r.files.reader = lds.NewReader(r.card, lds.Options{})
	b, err := r.files.reader.Read(r.ctx, lds.DG(1))
	if err == nil || !sm.Broken(err) || r.wire.err != nil {
		return b, err
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	r.files.reader = lds.NewReader(r.card, lds.Options{ShortOnly: true})
	return r.files.reader.Read(r.ctx, lds.DG(1))
}

// optional reads a file that a card may lack; nil says that it does.
func (r *reading) optional(f lds.File) ([]byte, error) {
	b, err := r.files.reader.Read(r.ctx, f)
	if errors.Is(err, lds.ErrNotFound) {
		return nil, nil
	}
	return b, err
}

// check holds the portrait against the SOD and makes a picture of it.
func (r *reading) check(dg2 []byte) error {
	if dg2 == nil {
		return nil
	}
	if err := r.hashes(map[int][]byte{2: dg2}); err != nil {
		return err
	}
	face, err := lds.ParseDG2(dg2)
	if err != nil {
		return nil // a portrait in a form that is not known here cannot be shown
	}
	r.person.Portrait = person.Portrait{MediaType: face.MediaType, Data: face.Image, Image: decode(face)}
	return nil
}

// decode gives nil for what the kiosk cannot show: JPEG 2000, or a picture
// that is broken or far too large.
func decode(f lds.Face) image.Image {
	if f.MediaType != lds.JPEG {
		return nil
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(f.Image))
	if err != nil || c.Width*c.Height > maxPixels {
		return nil
	}
	img, err := jpeg.Decode(bytes.NewReader(f.Image))
	if err != nil {
		return nil
	}
	return img
}
